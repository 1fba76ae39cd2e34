import { isSchemaObject, type Schema } from './json-schema.ts';
import type { TypedSchema } from './json-type.ts';
import { listOf } from './merge-schemas.ts';
import { keywordRule } from './schema-keywords.ts';

/**
 * A schema in the order of `typed`, with the `built` keywords in place of its own and its description made of
 * its own and the words of what grammars can't hold, which are `noted` by name.
 */
export function writeSchema(typed: TypedSchema, built: Schema, note: (name: string) => void): Schema {
  const { schema, types, isListed } = typed;
  const written: Schema = {};
  const words: string[] = [];

  function describe(name: string, value: unknown): void {
    const text = keywordRule(name)?.text?.(value, schema);
    if (text === undefined) return;
    words.push(text);
    note(name);
  }

  function write(name: string, value: unknown): void {
    const rule = keywordRule(name);
    if (rule === undefined || (rule.of && !rule.of.some((type) => types.includes(type)))) return;
    const isHeldBesideValues = name === 'enum' || name === 'const';
    const isHeld = rule.fate === 'annotation' || (isListed ? isHeldBesideValues : rule.holds?.(value) === true);
    if (isHeld) written[name] = value;
    else describe(name, value);
    if (Object.hasOwn(built, name)) written[name] = built[name];
  }

  for (const [name, value] of Object.entries(schema)) write(name, value);
  for (const [name, value] of Object.entries(built)) written[name] ??= value;
  for (const part of listOf(schema.allOf)) {
    for (const [name, value] of Object.entries(isSchemaObject(part) ? part : {})) describe(name, value);
  }
  if (types.includes('array') && typeof schema.minItems === 'number' && schema.minItems > 1) written.minItems = 1;
  if (words.length > 0) {
    const own = typeof schema.description === 'string' && schema.description !== '' ? `${schema.description} ` : '';
    written.description = `${own}(${words.join('; ')})`;
  }
  return written;
}
