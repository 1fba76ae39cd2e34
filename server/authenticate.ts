import { timingSafeEqual } from 'node:crypto';
import { TrestleError } from '../shared/error.ts';
import { type ClientKey, hashKey } from './config.ts';

/** Who calls: the fingerprint of the key presented, never the key. */
export interface Caller {
  fingerprint: string;
}

const ANYONE: Caller = { fingerprint: 'open' };

/** The caller that presents this key, or null. All keys are compared, each in constant time. */
export function authenticate(presented: string | undefined, keys: readonly ClientKey[]): Caller | null {
  if (keys.length === 0) return ANYONE;
  if (presented === undefined) return null;
  const hash = hashKey(presented);
  let found: Caller | null = null;
  for (const key of keys) {
    if (timingSafeEqual(key.hash, hash)) found = key;
  }
  return found;
}

/** The key of an `Authorization: Bearer` header. */
export function bearerKey(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

export function invalidApiKey(): TrestleError {
  return new TrestleError('invalid_api_key', 'Incorrect API key provided: send a valid key as Authorization: Bearer.');
}

export function invalidSocketKey(): TrestleError {
  return new TrestleError(
    'invalid_api_key',
    'Incorrect API key provided: over WebSocket a valid key is sent as connectionParams.apiKey, which takes a tRPC client of version 11 or newer.',
  );
}
