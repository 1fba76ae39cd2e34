import { isSchemaObject, NotHeldError, UnsatisfiableError, type Schema } from './json-schema.ts';
import { listOf, MAX_BRANCHES, mergeSchemas } from './merge-schemas.ts';
import { isConstraint, isNeverSchema, isType, keywordRule } from './schema-keywords.ts';
import { resolveReference } from './resolve-reference.ts';

/** Schemas looked at, and entries of merged ones, before giving up: choices and references multiply. */
const MAX_WORK = 10_000;
const MAX_REFERENCES = 100;

export interface FlattenContext {
  root: unknown;
  workLeft: number;
}

export interface FlatSchema {
  schema: Schema;
  /** Pointers of the references that were followed to get here; meeting one again is a recursion. */
  open: ReadonlySet<string>;
}

export function startFlattening(root: unknown): FlattenContext {
  return { root, workLeft: MAX_WORK };
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
  work(context, 1);
  if (isNeverSchema(raw)) throw new UnsatisfiableError();
  if (raw === true) return { schema: {}, open };
  if (!isSchemaObject(raw)) throw new NotHeldError(`${at || 'the root'} is not a schema`);

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
  if (parts.length > 1)
    work(
      context,
      parts.reduce((sum, part) => sum + weightOf(part.schema), 0),
    );
  const whole: FlatSchema = {
    schema: parts.map((part) => part.schema).reduce(mergeSchemas, {}),
    open: new Set([...open, ...parts.flatMap((part) => Array.from(part.open))]),
  };
  return 'description' in plain ? { ...whole, schema: { ...whole.schema, description: plain.description } } : whole;
}

function work(context: FlattenContext, amount: number): void {
  context.workLeft -= amount;
  if (context.workLeft < 0) throw new NotHeldError('the schema is too complex');
}

function weightOf({ properties = {}, enum: values, anyOf, required }: Schema): number {
  return [Object.keys(properties as Schema), values, anyOf, required].reduce<number>(
    (sum, list) => sum + listOf(list).length,
    1,
  );
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
