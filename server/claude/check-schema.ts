import { createContext, Script } from 'node:vm';
import type { ValidateFunction } from 'ajv';
import { describeViolation } from './describe-violation.ts';
import { loadValidator } from './schema-validator.ts';

const MAX_VALIDATORS = 100;
const MAX_SCHEMA_CHARACTERS = 128 * 1024;
const MAX_VIOLATIONS = 20;
const MAX_MILLISECONDS = 1000;
/** What can take longer than the value is long: patterns like `(a+)+$`, and comparing every two items. */
const SLOW = /"(?:pattern|patternProperties|uniqueItems)"/;

interface Validator {
  validate: ValidateFunction;
  isSlow: boolean;
}

/** By the schema's JSON, least recently used first; undefined for what is no schema. */
const validators = new Map<string, Validator | undefined>();
const sandbox: { check: () => boolean } = { check: () => true };
const check = new Script('check()');
const context = createContext(sandbox);

/**
 * The first 20 violations of a JSON Schema of any draft, in words such as `/a/b: must be >= 3`. Empty when the value
 * fits, and when that can't be told: the schema is none, is over 128 KiB, or takes more than a second to check.
 */
export async function checkAgainstSchema(value: unknown, schema: unknown): Promise<string[]> {
  const validator = await validatorOf(schema);
  if (validator === undefined || fits(validator, value)) return [];
  return (validator.validate.errors ?? []).slice(0, MAX_VIOLATIONS).map(describeViolation);
}

async function validatorOf(schema: unknown): Promise<Validator | undefined> {
  const key = textOf(schema);
  if (key === undefined || key.length > MAX_SCHEMA_CHARACTERS) return undefined;
  const compile = await loadValidator();
  const validator = validators.has(key) ? validators.get(key) : toValidator(compile(schema), key);
  validators.delete(key);
  validators.set(key, validator);
  const [oldest] = validators.keys();
  if (validators.size > MAX_VALIDATORS && oldest !== undefined) validators.delete(oldest);
  return validator;
}

function toValidator(validate: ValidateFunction | undefined, text: string): Validator | undefined {
  return validate && { validate, isSlow: SLOW.test(text) };
}

function textOf(schema: unknown): string | undefined {
  try {
    return JSON.stringify(schema);
  } catch {
    return undefined;
  }
}

/** Callers choose the patterns, and a slow one would stop the server: unlike a function, a script can be timed out. */
function fits({ validate, isSlow }: Validator, value: unknown): boolean {
  sandbox.check = () => validate(value);
  try {
    return isSlow ? check.runInContext(context, { timeout: MAX_MILLISECONDS }) === true : validate(value);
  } catch {
    return true;
  } finally {
    sandbox.check = () => true;
  }
}
