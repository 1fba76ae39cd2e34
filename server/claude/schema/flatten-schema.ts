import { isSchemaObject, NotHeldError, UnsatisfiableError, type Schema } from './json-schema.ts';
import { listOf, MAX_BRANCHES, mergeSchemas } from './merge-schemas.ts';
import { resolveReference } from './resolve-reference.ts';
import { isConstraint, isNeverSchema, isType, keywordRule } from './schema-keywords.ts';
import { sizeOf } from './schema-size.ts';
import type { SchemaWork } from './schema-work.ts';

/** Characters that one step stands for: of a schema's own words and values, and of merged ones. */
const OWN_CHARACTERS = 500;
const MERGED_CHARACTERS = 200;
/** Those that are open are written down again with each that is followed. */
const OPEN_REFERENCES = 8;
const OWN = ['description', 'default', 'enum', 'const', 'required', 'pattern'];
const MAX_REFERENCES = 100;

export interface FlattenContext {
  root: unknown;
  work: SchemaWork;
}

export interface FlatSchema {
  schema: Schema;
  /** Pointers of the references that were followed to get here; meeting one again is a recursion. */
  open: ReadonlySet<string>;
}

/**
 * The schema without `$ref`, `oneOf`, `nullable`, malformed keywords and `allOf` but for the keywords that can't be
 * merged; `at` is its place for messages. Throws NotHeldError and UnsatisfiableError.
 */
export function flattenSchema(
  raw: unknown,
  at: string,
  open: ReadonlySet<string>,
  context: FlattenContext,
): FlatSchema {
  spend(context, 1);
  if (isNeverSchema(raw)) throw new UnsatisfiableError();
  if (raw === true) return { schema: {}, open };
  if (!isSchemaObject(raw)) throw new NotHeldError(`${at || 'the root'} is not a schema`);
  spend(context, Math.floor(OWN.reduce((sum, name) => sum + sizeOf(raw[name]), 0) / OWN_CHARACTERS));

  const schema = unionOfNull(wellFormed(raw));
  const { $ref: _reference, allOf: _parts, oneOf: _choices, ...plain } = schema;
  const ownPlace = 'properties' in plain ? 'properties' : Object.keys(plain)[0];
  if (listOf(schema.allOf).length > MAX_BRANCHES) throw new NotHeldError('the schema is too complex');
  const parts = Object.entries(schema).flatMap(([name, value]): FlatSchema[] => {
    if (name === ownPlace) return [{ schema: plain, open }];
    if (name === '$ref') return [followReference(value, at, open, context)];
    if (name === 'allOf') return listOf(value).map((part) => flattenSchema(part, at, open, context));
    return name === 'oneOf' ? [{ schema: { anyOf: value }, open }] : [];
  });
  // Each part is merged with all those before it.
  const merged = parts.length > 1 ? parts.reduce((sum, part) => sum + sizeOf(part.schema), 0) * parts.length : 0;
  spend(context, Math.ceil(merged / MERGED_CHARACTERS));
  const [only] = parts;
  const whole: FlatSchema =
    only !== undefined && parts.length === 1
      ? only
      : {
          schema: parts.map((part) => part.schema).reduce(mergeSchemas, {}),
          open: new Set([...open, ...parts.flatMap((part) => Array.from(part.open))]),
        };
  return 'description' in plain ? { ...whole, schema: { ...whole.schema, description: plain.description } } : whole;
}

function spend({ work }: FlattenContext, steps: number): void {
  if (!work.spend(steps)) throw new NotHeldError('the schema is too complex');
}

function followReference(
  reference: unknown,
  at: string,
  open: ReadonlySet<string>,
  context: FlattenContext,
): FlatSchema {
  const target = resolveReference(reference, context.root);
  const place = at || 'the root';
  if (target === undefined)
    throw new NotHeldError(`${place}: $ref ${JSON.stringify(reference)} names nothing in this schema`);
  if (open.has(target.pointer)) throw new NotHeldError(`${place} is recursive`);
  if (open.size > MAX_REFERENCES) throw new NotHeldError('the schema is nested too deeply');
  spend(context, Math.floor(open.size / OPEN_REFERENCES));
  return flattenSchema(target.schema, target.pointer, new Set([...open, target.pointer]), context);
}

function wellFormed(raw: Schema): Schema {
  const entries = Object.entries(raw).filter(([name, value]) => keywordRule(name)?.isFormed?.(value) ?? true);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, name === 'type' ? [...new Set([value].flat().filter(isType))] : value]),
  );
}

/** OpenAPI's `nullable: true` in the words of JSON Schema. */
export function unionOfNull(schema: Schema): Schema {
  if (schema.nullable !== true) return schema;
  const { nullable: _nullable, ...rest } = schema;
  const values = ['enum', 'const', '$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if'];
  if (rest.type !== undefined && !values.some((name) => Object.hasOwn(rest, name))) {
    return { ...rest, type: [...new Set([rest.type, 'null'].flat())] };
  }
  const entries = Object.entries(rest);
  return {
    ...Object.fromEntries(entries.filter(([name]) => !isConstraint(name))),
    anyOf: [Object.fromEntries(entries.filter(([name]) => isConstraint(name))), { type: 'null' }],
  };
}
