import { isScalar, UnsatisfiableError, type Schema } from './json-schema.ts';
import { listOf } from './merge-schemas.ts';
import { isType, keywordRule, type JsonType } from './schema-keywords.ts';

export interface TypedSchema {
  schema: Schema;
  /** The types that fit; empty when nothing tells. */
  types: JsonType[];
  /** Whether a `const` or `enum` of scalars lists what fits. */
  isListed: boolean;
}

/** The types of a flat schema, with `const` and `enum` reduced to what can be. Throws UnsatisfiableError. */
export function withTypes(schema: Schema): TypedSchema {
  const declared = [schema.type ?? []].flat().filter(isType);
  const listed = listedValues(schema);
  if (listed === undefined)
    return { schema, types: declared.length > 0 ? declared : impliedTypes(schema), isListed: false };
  const values = declared.length === 0 ? listed : listed.filter((value) => declared.some((type) => fits(value, type)));
  if (values.length === 0) throw new UnsatisfiableError();
  const types = (declared.length > 0 ? declared : [...new Set(values.map(typeOf))]).filter((type) =>
    values.some((value) => fits(value, type)),
  );
  if (!values.every(isScalar)) return { schema, types, isListed: false };
  const entries = Object.entries(schema).filter(([name]) => name !== 'enum' || !('const' in schema));
  return {
    schema: Object.fromEntries(entries.map(([name, value]) => [name, name === 'enum' ? distinct(values) : value])),
    types,
    isListed: true,
  };
}

function listedValues(schema: Schema): unknown[] | undefined {
  if (!('const' in schema)) return Array.isArray(schema.enum) ? schema.enum : undefined;
  const text = JSON.stringify(schema.const);
  return 'enum' in schema && !listOf(schema.enum).some((value) => JSON.stringify(value) === text) ? [] : [schema.const];
}

function impliedTypes(schema: Schema): JsonType[] {
  const implied = Object.keys(schema).flatMap((name) => keywordRule(name)?.of ?? []);
  return [...new Set(implied)].filter((type) => type !== 'integer' || !implied.includes('number'));
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonType;
}

function fits(value: unknown, type: JsonType): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeOf(value) === type;
}

function distinct(values: unknown[]): unknown[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
