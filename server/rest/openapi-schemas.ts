import { isPlainObject } from '../calls/plain-object.ts';
import { FIELD_DESCRIPTIONS } from './field-descriptions.ts';

export type Schemas = Record<string, unknown>;

/**
 * Gives each schema and field of the document the comment that stands above it in shared/, and takes away the bounds
 * that JavaScript has for integers, which forms would make sample values of. Changes what it is given.
 */
export function describeSchemas(schemas: Schemas): void {
  for (const [id, schema] of Object.entries(schemas)) {
    const described = FIELD_DESCRIPTIONS[id];
    if (!isPlainObject(schema)) continue;
    if (described?.description) schema['description'] = described.description;
    describe(schema, '', described?.fields ?? {});
  }
}

function describe(schema: unknown, path: string, fields: Readonly<Record<string, string>>): void {
  if (Array.isArray(schema)) for (const each of schema) describe(each, path, fields);
  if (!isPlainObject(schema)) return;
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  for (const below of ['anyOf', 'oneOf', 'items']) describe(schema[below], path, fields);
  if (!isPlainObject(schema['properties'])) return;
  for (const [name, field] of Object.entries(schema['properties'])) {
    const description = fields[path + name];
    if (isPlainObject(field) && description !== undefined) field['description'] = description;
    describe(field, `${path}${name}.`, fields);
  }
}

/** What a schema says besides that it takes null: a query has no way to say null. */
export function withoutNull(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { anyOf, type, ...rest } = schema;
  if (Array.isArray(type)) {
    const others = type.filter((each) => each !== 'null');
    return { ...rest, type: others.length === 1 ? others[0] : others };
  }
  if (!Array.isArray(anyOf)) return { ...schema };
  const others = anyOf.filter((each: unknown) => !isPlainObject(each) || each['type'] !== 'null');
  return others.length === 1 ? { ...rest, ...(others[0] as object) } : { ...rest, anyOf: others };
}
