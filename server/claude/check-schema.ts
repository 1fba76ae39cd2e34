import { createContext, Script } from 'node:vm';
import type { ValidateFunction } from 'ajv';
import { describeViolation } from './describe-violation.ts';
import { loadValidator } from './schema-validator.ts';

const MAX_VALIDATORS = 100;
const MAX_SCHEMA_CHARACTERS = 128 * 1024;
const MAX_VIOLATIONS = 20;
const MAX_MILLISECONDS = 250;

/** By the schema's JSON, least recently used first; undefined for what is no schema. */
const validators = new Map<string, ValidateFunction | undefined>();
const sandbox: { check: () => boolean } = { check: () => true };
const check = new Script('check()');
const context = createContext(sandbox);

/**
 * The first 20 violations of a JSON Schema of any draft, in words such as `/a/b: must be >= 3`. Empty when the value
 * fits, and when that can't be told: the schema is none, is over 128 KiB, or takes more than 250 ms to check.
 */
export async function checkAgainstSchema(value: unknown, schema: unknown): Promise<string[]> {
  const validate = await validatorOf(schema);
  if (validate === undefined || fitsInTime(validate, value)) return [];
  return (validate.errors ?? []).slice(0, MAX_VIOLATIONS).map(describeViolation);
}

async function validatorOf(schema: unknown): Promise<ValidateFunction | undefined> {
  const key = textOf(schema);
  if (key === undefined || key.length > MAX_SCHEMA_CHARACTERS) return undefined;
  const compile = await loadValidator();
  const validate = validators.has(key) ? validators.get(key) : compile(schema);
  validators.delete(key);
  validators.set(key, validate);
  const [oldest] = validators.keys();
  if (validators.size > MAX_VALIDATORS && oldest !== undefined) validators.delete(oldest);
  return validate;
}

function textOf(schema: unknown): string | undefined {
  try {
    return JSON.stringify(schema);
  } catch {
    return undefined;
  }
}

/** Callers choose the patterns, and one like `(a+)+$` would stop the server; a script can be timed out. */
function fitsInTime(validate: ValidateFunction, value: unknown): boolean {
  sandbox.check = () => validate(value);
  try {
    return check.runInContext(context, { timeout: MAX_MILLISECONDS }) === true;
  } catch {
    return true;
  } finally {
    sandbox.check = () => true;
  }
}
