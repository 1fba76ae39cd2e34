import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { TrestleError } from '../../shared/error.ts';
import { type ClientKey, type Config, hashKey } from '../config.ts';

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
  /** Null for somebody who may not call. */
  caller: Caller | null;
  /** Whether the admin key was presented. */
  isAdmin: boolean;
  /** The 401 or 403 that says why not; undefined for somebody who may. */
  refusal(side?: Side): TrestleError | undefined;
}

/** What somebody wants to use: Claude, or the admin side, which has a key of its own. */
export type Side = 'calls' | 'admin';

const ANYONE: Caller = { id: 'open', fingerprint: 'open' };

/** Says who may call; every door asks here before it does anything else for a caller. */
export function admit(
  credentials: Credentials,
  { keys, adminKey }: Pick<Config, 'keys' | 'adminKey'>,
  door: 'http' | 'websocket',
): Admission {
  const presented = credentials.apiKey === undefined ? presentedKeys(credentials.headers) : [credentials.apiKey];
  const caller = authenticate(presented, keys);
  const isAdmin = adminKey !== undefined && authenticate(presented, [adminKey]) !== null;
  return {
    caller,
    isAdmin,
    refusal(side = 'calls') {
      if (side === 'admin' ? isAdmin : caller !== null) return undefined;
      if (side === 'admin' && (caller !== null || adminKey === undefined))
        return new TrestleError('admin_only', adminKey === undefined ? NO_ADMIN : NOT_ADMIN);
      return new TrestleError('invalid_api_key', isAdmin ? ADMIN_ALONE : REFUSALS[door](presented.length > 0));
    },
  };
}

const NO_ADMIN = 'The admin side of this server is closed: set TRESTLE_ADMIN_KEY to open it';
const NOT_ADMIN = 'This needs the admin key, which is the TRESTLE_ADMIN_KEY of the server';
const ADMIN_ALONE =
  'The admin key opens the admin side alone; to call Claude send one of the keys of TRESTLE_API_KEYS.';

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
