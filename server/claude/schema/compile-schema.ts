import { type FlatSchema, type FlattenContext, flattenSchema } from './flatten-schema.ts';
import { escapePointer, isSchemaObject, NotHeldError, own, UnsatisfiableError, type Schema } from './json-schema.ts';
import { withTypes, type TypedSchema } from './json-type.ts';
import { listOf, MAX_BRANCHES } from './merge-schemas.ts';
import { resolveReference, type ReferenceTarget } from './resolve-reference.ts';
import { isAnySchema, isConstraint, isNeverSchema, keywordRule } from './schema-keywords.ts';
import type { SchemaWork } from './schema-work.ts';
import { writeSchema } from './write-schema.ts';

/** Definitions that can be named without escaping; references to other places are written out. */
const DEFINITION = /^\/(?:\$defs|definitions)\/[\w.-]+$/;

/** With references written out; far beyond what Claude compiles, far from the end of the stack. */
const MAX_DEPTH = 200;

export interface CompiledSchema {
  schema: Schema;
  /** Those that are named, by JSON pointer. */
  definitions: ReadonlyMap<string, Schema>;
  /** Pointers of the keywords that became words. */
  described: ReadonlySet<string>;
  /** Pointers of objects that say that more properties may be there, which no grammar allows. */
  closed: ReadonlySet<string>;
}

type Open = ReadonlySet<string>;

/** Writes a schema in Claude's dialect, whatever its size and root. Throws NotHeldError and UnsatisfiableError. */
export function compileSchema(root: unknown, work: SchemaWork): CompiledSchema {
  const context: FlattenContext = { root, work };
  const definitions = new Map<string, Schema>();
  const described = new Set<string>();
  const closed = new Set<string>();
  let depth = 0;

  function compile(raw: unknown, at: string, open: Open): Schema {
    depth += 1;
    try {
      if (depth > MAX_DEPTH) throw new NotHeldError('the schema is nested too deeply');
      return compileOpen(raw, at, open);
    } finally {
      depth -= 1;
    }
  }

  function compileOpen(raw: unknown, at: string, open: Open): Schema {
    const definition = at === '' ? undefined : definitionOf(raw);
    if (definition === undefined) return compileFlat(flattenSchema(raw, at, open, context), at);
    define(definition, at, open);
    return { $ref: own(raw, '$ref') };
  }

  function definitionOf(raw: unknown): ReferenceTarget | undefined {
    const reference = own(raw, '$ref');
    // Claude's own SDK sends nothing beside a $ref: with a description it is written out instead.
    const isAlone = isSchemaObject(raw) && !Object.keys(raw).some((name) => name !== '$ref' && keywordRule(name));
    const target = isAlone ? resolveReference(reference, root) : undefined;
    return target !== undefined && DEFINITION.test(target.pointer) ? target : undefined;
  }

  function define({ pointer, schema }: ReferenceTarget, at: string, open: Open): void {
    if (open.has(pointer)) throw new NotHeldError(`${at} is recursive`);
    if (!definitions.has(pointer)) definitions.set(pointer, compile(schema, pointer, new Set([...open, pointer])));
  }

  function compileFlat(flat: FlatSchema, at: string): Schema {
    if ('anyOf' in flat.schema) return compileChoice(flat, at);
    const typed = withTypes(flat.schema);
    if (typed.types.length === 0) throw new NotHeldError(`${at || 'the root'} allows any value`);
    if (typed.types.length === 1 || !typed.types.some((type) => type === 'object' || type === 'array')) {
      return compileTyped(typed, at, flat.open);
    }
    const { annotations, constraints } = split(flat.schema);
    const anyOf = typed.types.map((type) => Object.assign({}, constraints, { type }));
    return compileChoice({ schema: { ...annotations, anyOf }, open: flat.open }, at);
  }

  function compileChoice({ schema: { anyOf, ...base }, open }: FlatSchema, at: string): Schema {
    const { annotations, constraints } = split(base);
    const isNarrowed = Object.keys(constraints).length > 0;
    if (isNarrowed && listOf(anyOf).length > MAX_BRANCHES) throw new NotHeldError('the schema is too complex');
    const branches = listOf(anyOf).flatMap((branch, index): Schema[] => {
      const raw = isNarrowed ? { allOf: [constraints, branch] } : branch;
      const compiled = ifSatisfiable(() => compile(raw, `${at}/anyOf/${index}`, open));
      if (compiled === undefined) return [];
      return Object.keys(compiled).join() === 'anyOf' ? (compiled.anyOf as Schema[]) : [compiled];
    });
    if (branches.length === 0) throw new UnsatisfiableError();
    const distinct = [...new Map(branches.map((branch) => [JSON.stringify(branch), branch])).values()];
    const [only = {}] = distinct;
    // A reference stands alone, and never at the root, where compiling would write it out.
    const isKept = '$ref' in only ? at === '' || Object.keys(annotations).length > 0 : isAnnotated(only, annotations);
    return distinct.length === 1 && !isKept ? { ...only, ...annotations } : { ...annotations, anyOf: distinct };
  }

  function compileTyped(typed: TypedSchema, at: string, open: Open): Schema {
    const { schema, types, isListed } = typed;
    const built: Schema = {};
    if (!isListed || 'type' in schema) built.type = types.length === 1 ? types[0] : types;
    if (types.includes('object')) Object.assign(built, compileObject(schema, at, open));
    if (types.includes('array')) built.items = compileItems(schema, at, open);
    return writeSchema(typed, built, (name) => described.add(`${at}/${name}`));
  }

  function compileObject(schema: Schema, at: string, open: Open): Schema {
    const required = [...new Set(listOf(schema.required).filter((name) => typeof name === 'string'))];
    const always = new Set<unknown>(required);
    const declared = Object.entries(isSchemaObject(schema.properties) ? schema.properties : {});
    const properties = declared.flatMap(([name, raw]): [string, Schema][] => {
      const compiled = ifSatisfiable(() => compile(raw, `${at}/properties/${escapePointer(name)}`, open));
      if (compiled === undefined && always.has(name)) throw new UnsatisfiableError();
      return compiled === undefined ? [] : [[name, compiled]];
    });
    const isOpen = checkFurtherProperties(schema, at, properties.length);
    if (isOpen && schema.additionalProperties !== undefined) closed.add(at);
    const names = new Set<unknown>(properties.map(([name]) => name));
    const unknown = required.find((name) => !names.has(name));
    if (unknown !== undefined) {
      if (!isOpen) throw new UnsatisfiableError();
      throw new NotHeldError(`${at || 'the root'} requires ${JSON.stringify(unknown)}, which may be any value`);
    }
    return {
      properties: Object.fromEntries(properties),
      ...('required' in schema ? { required } : {}),
      additionalProperties: false,
    };
  }

  function compileItems(schema: Schema, at: string, open: Open): Schema {
    const { items, prefixItems } = schema;
    const further = Array.isArray(items) ? schema.additionalItems : items;
    const first = Array.isArray(items) ? items : listOf(prefixItems);
    const isEnd = further === undefined || isNeverSchema(further);
    if (first.length === 0) return compile(further ?? true, `${at}/items`, open);
    const anyOf = isEnd || isAnySchema(further) ? first : [...first, further];
    return compile(
      anyOf.length === 1 ? anyOf[0] : { anyOf },
      `${at}/${Array.isArray(items) ? 'items' : 'prefixItems'}`,
      open,
    );
  }

  return { schema: compile(root, '', new Set([''])), definitions, described, closed };
}

/** Whether properties that are not declared may be there. Throws NotHeldError for a map. */
function checkFurtherProperties(schema: Schema, at: string, declared: number): boolean {
  const { additionalProperties: further = true, patternProperties } = schema;
  const isClosed = isNeverSchema(further);
  const isMap = declared === 0 ? !isClosed || patternProperties !== undefined : !isClosed && !isAnySchema(further);
  if (isMap) throw new NotHeldError(`${at || 'the root'} is a map: the names of its properties are not all declared`);
  return !isClosed || patternProperties !== undefined;
}

function split(schema: Schema): { annotations: Schema; constraints: Schema } {
  const entries = Object.entries(schema);
  return {
    annotations: Object.fromEntries(entries.filter(([name]) => keywordRule(name)?.fate === 'annotation')),
    constraints: Object.fromEntries(entries.filter(([name]) => isConstraint(name))),
  };
}

function isAnnotated(schema: Schema, annotations: Schema): boolean {
  return Object.keys(annotations).some((name) => name in schema);
}

function ifSatisfiable(compile: () => Schema): Schema | undefined {
  try {
    return compile();
  } catch (error) {
    if (error instanceof UnsatisfiableError) return undefined;
    throw error;
  }
}
