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

/** What a request or a socket shows of who calls. */
export interface Credentials {
  headers: IncomingHttpHeaders;
  /** `connectionParams.apiKey` of a WebSocket, which counts in place of the headers. */
  apiKey?: string | undefined;
}

/** Whether somebody may call, and as whom. */
export interface Admission {
  /** Null for somebody who may not. */
  caller: Caller | null;
  /** The 401 that says why not; undefined for a caller who may. */
  refusal(): TrestleError | undefined;
}

const ANYONE: Caller = { id: 'open', fingerprint: 'open' };

/** Says who may call; every door asks here before it does anything else for a caller. */
export function admit(credentials: Credentials, keys: readonly ClientKey[], door: 'http' | 'websocket'): Admission {
  const presented = credentials.apiKey === undefined ? presentedKeys(credentials.headers) : [credentials.apiKey];
  const caller = authenticate(presented, keys);
  if (caller !== null) return { caller, refusal: noRefusal };
  return { caller, refusal: () => new TrestleError('invalid_api_key', REFUSALS[door](presented.length > 0)) };
}

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

function noRefusal(): undefined {
  return undefined;
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

/** Where a door takes its key; a wrong key is told from a missing one. */
const REFUSALS = {
  http: (isWrong: boolean) =>
    isWrong
      ? 'Incorrect API key provided. Send one of the keys that this server is configured with.'
      : 'No API key was provided. Send your key as Authorization: Bearer, or as x-api-key.',
  websocket: (isWrong: boolean) =>
    `${isWrong ? 'Incorrect API key provided' : 'No API key was provided'}: over WebSocket a valid key is sent as ` +
    'connectionParams.apiKey, which takes a tRPC client of version 11 or newer.',
};
