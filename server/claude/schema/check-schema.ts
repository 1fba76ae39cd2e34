import type { ValidateFunction } from 'ajv';
import { LRUCache } from 'lru-cache';
import { describeViolation } from './describe-violation.ts';
import { isSchemaObject } from './json-schema.ts';
import { type CompileValidator, loadValidator } from './schema-validator.ts';
import { toValidSchema } from './valid-schema.ts';

const MAX_VALIDATORS = 100;
const MAX_SCHEMA_CHARACTERS = 128 * 1024;
const MAX_VIOLATIONS = 20;

/** What a text breaks of a schema, or why that can't be told. */
export type Checked = { broken: readonly string[] } | { unchecked: string };

/** By the schema's JSON; without a function for what is no schema. */
const validators = new LRUCache<string, { validate: ValidateFunction | undefined }>({ max: MAX_VALIDATORS });

/**
 * Looks for violations of a JSON Schema of any draft, given as JSON, in a text: the first 20, in words such as
 * `/a/b: must be >= 3`. It takes as long and as much memory as the schema asks for.
 */
export async function checkText(text: string, schema: string): Promise<Checked> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { broken: ['it is not JSON'] };
  }
  if (schema.length > MAX_SCHEMA_CHARACTERS) return { unchecked: 'the schema is too large' };
  const validate = validatorOf(schema, await loadValidator());
  if (validate === undefined) return { unchecked: 'it is no JSON Schema by itself' };
  try {
    return { broken: validate(value) ? [] : (validate.errors ?? []).slice(0, MAX_VIOLATIONS).map(describeViolation) };
  } catch {
    return { unchecked: 'the answer is nested too deeply' };
  }
}

/** Slips of the schema are mended as they are for Claude: a name required twice must not leave the answer unchecked. */
function compiled(schema: unknown, compile: CompileValidator): ValidateFunction | undefined {
  return compile(schema) ?? (isSchemaObject(schema) ? compile(toValidSchema(schema, [])) : undefined);
}

function validatorOf(schema: string, compile: CompileValidator): ValidateFunction | undefined {
  const known = validators.get(schema);
  if (known) return known.validate;
  const validate = compiled(JSON.parse(schema), compile);
  validators.set(schema, { validate });
  return validate;
}
