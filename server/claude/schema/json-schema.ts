import { isPlainObject } from '../../calls/plain-object.ts';

/** No grammar can hold the schema; the message says why and names the place. */
export class NotHeldError extends Error {}

/** No value at all fits the schema, so that a choice can go without it. */
export class UnsatisfiableError extends Error {}

export type Schema = Record<string, unknown>;

export function isSchemaObject(value: unknown): value is Schema {
  return isPlainObject(value);
}

export function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

/** The property of that name, never one of the prototype. */
export function own(schema: unknown, name: string): unknown {
  return typeof schema === 'object' && schema !== null && Object.hasOwn(schema, name)
    ? (schema as Schema)[name]
    : undefined;
}

export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
