import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { TrestleError } from '../../shared/error.ts';
import { type ClientKey, hashKey } from '../config.ts';

/** Who calls; the key itself is kept nowhere. */
export interface Caller {
  /** Owns what is kept for this caller: the whole SHA-256 of the key, in hex. */
  id: string;
  /** The first 8 digits of it, for the log. Two keys may share them. */
  fingerprint: string;
}

const ANYONE: Caller = { id: 'open', fingerprint: 'open' };

/** The caller that presents one of these keys, or null. All keys are compared, each in constant time. */
export function authenticate(presented: readonly string[], keys: readonly ClientKey[]): Caller | null {
  if (keys.length === 0) return ANYONE;
  let found: Caller | null = null;
  for (const text of presented) {
    const hash = hashKey(text);
    for (const key of keys) if (timingSafeEqual(key.hash, hash)) found = key;
  }
  return found;
}

/**
 * The keys that a request presents: as `Authorization: Bearer`, which OpenAI's clients send, as `x-api-key`, which
 * Anthropic's send, or as `api-key`, which Azure's send.
 */
export function presentedKeys(headers: IncomingHttpHeaders): string[] {
  const keys: string[] = [];
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) keys.push(bearer);
  for (const value of [headers['x-api-key'], headers['api-key']]) {
    if (typeof value === 'string' && value.trim() !== '') keys.push(value.trim());
  }
  return keys;
}

/** 401. `presented` says whether there was a key at all. */
export function invalidApiKey(presented: boolean): TrestleError {
  return new TrestleError(
    'invalid_api_key',
    presented
      ? 'Incorrect API key provided. Send one of the keys that this server is configured with.'
      : 'No API key was provided. Send your key as Authorization: Bearer, or as x-api-key.',
  );
}

/** The same over WebSocket, where the key has a place of its own. */
export function invalidSocketKey(presented: boolean): TrestleError {
  return new TrestleError(
    'invalid_api_key',
    `${presented ? 'Incorrect API key provided' : 'No API key was provided'}: over WebSocket a valid key is sent as ` +
      'connectionParams.apiKey, which takes a tRPC client of version 11 or newer.',
  );
}
