import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { TrestleError } from '../../shared/error.ts';
import { type Config, hashKey } from '../config.ts';
import { type Caller, configuredCaller, type Keyring } from './caller.ts';

/** What a request or a socket shows of who calls. */
export interface Credentials {
  headers: IncomingHttpHeaders;
  /** `connectionParams.apiKey` of a WebSocket, which counts in place of the headers. */
  apiKey?: string | undefined;
}

/** Whether somebody may call, and as whom, at any time: a key may be revoked while its caller has a socket. */
export interface Admission {
  /** Null for somebody who may not call. */
  readonly caller: Caller | null;
  /** Whether the admin key was presented. */
  readonly isAdmin: boolean;
  /** The 401 or 403 that says why not; undefined for somebody who may. */
  refusal(side?: Side): TrestleError | undefined;
}

/** What somebody wants to use: Claude, or the admin side, which has a key of its own. */
export type Side = 'calls' | 'admin';

/** What admits callers. */
export interface Gate {
  keyring: Keyring;
  config: Pick<Config, 'adminKey'>;
}

const ANYONE: Caller = configuredCaller('open', 'open');

/** Says who may call; every door asks here before it does anything else for a caller. */
export function admit(
  credentials: Credentials,
  { keyring, config: { adminKey } }: Gate,
  door: 'http' | 'websocket',
): Admission {
  const presented = credentials.apiKey === undefined ? presentedKeys(credentials.headers) : [credentials.apiKey];
  const names = presented.map(hashKey);
  return {
    get caller() {
      return keyring.isOpen ? ANYONE : authenticate(names, keyring);
    },
    get isAdmin() {
      return (
        adminKey !== undefined && names.some((name) => timingSafeEqual(Buffer.from(name), Buffer.from(adminKey.id)))
      );
    },
    refusal(side = 'calls') {
      const { caller } = this;
      if (side === 'calls' && caller !== null) return undefined;
      const { isAdmin } = this;
      if (side === 'admin' && isAdmin) return undefined;
      if (side === 'admin' && (caller !== null || adminKey === undefined))
        return new TrestleError('admin_only', adminKey === undefined ? NO_ADMIN : NOT_ADMIN);
      return new TrestleError('invalid_api_key', isAdmin ? ADMIN_ALONE : REFUSALS[door](presented.length > 0));
    },
  };
}

/** The caller with one of these keys, the last one that is valid. */
function authenticate(hashes: readonly string[], keyring: Keyring): Caller | null {
  let found: Caller | null = null;
  for (const hash of hashes) found = keyring.find(hash) ?? found;
  return found;
}

const NO_ADMIN = 'The admin side of this server is closed: set TRESTLE_ADMIN_KEY to open it';
const NOT_ADMIN = 'This needs the admin key, which is the TRESTLE_ADMIN_KEY of the server';
const ADMIN_ALONE =
  'The admin key opens the admin side alone; to call Claude send a key of a project, or one of TRESTLE_API_KEYS.';

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
      ? 'Incorrect API key provided. Send a key that is valid at this server.'
      : 'No API key was provided. Send your key as Authorization: Bearer, or as x-api-key.',
  websocket: (isWrong: boolean) =>
    `${isWrong ? 'Incorrect API key provided' : 'No API key was provided'}: over WebSocket a valid key is sent as ` +
    'connectionParams.apiKey, which takes a tRPC client of version 11 or newer.',
};
