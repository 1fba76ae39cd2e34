import { createHash } from 'node:crypto';
import { TrestleError } from '../../shared/error.ts';

/** What a request asks of a verb, in short; undefined where JSON has no form for it. */
export function digestOf(verb: string, request: object): string | undefined {
  try {
    return requireDigest(verb, request);
  } catch {
    return undefined;
  }
}

/** The same. Throws a 400 for what only tRPC's transformer can carry, such as a BigInt. */
export function requireDigest(verb: string, request: object): string {
  try {
    return `${verb} ${createHash('sha256').update(JSON.stringify(request)).digest('base64')}`;
  } catch (cause) {
    throw new TrestleError('invalid_value', 'The request holds a value for which JSON has no form', { cause });
  }
}

/** The name of a request among those of all callers. */
export function keyOf(owner: string, idempotencyKey: string | null | undefined): string {
  return `${owner}\0${idempotencyKey}`;
}
