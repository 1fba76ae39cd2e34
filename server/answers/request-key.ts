import { createHash } from 'node:crypto';
import { TrestleError } from '../../shared/error.ts';

/** What a request asks for, in short; undefined where JSON has no form for it. */
export function digestOf(request: object): string | undefined {
  try {
    return hash(JSON.stringify(request));
  } catch {
    return undefined;
  }
}

/** The same. Throws a 400 for what only tRPC's transformer can carry, such as a BigInt. */
export function requireDigest(request: object): string {
  try {
    return hash(JSON.stringify(request));
  } catch (cause) {
    throw new TrestleError('invalid_value', 'The request holds a value for which JSON has no form', { cause });
  }
}

/** The name of a request among those of all callers. */
export function keyOf(owner: string, idempotencyKey: string | null | undefined): string {
  return `${owner}\0${idempotencyKey}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
