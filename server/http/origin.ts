import type { IncomingHttpHeaders } from 'node:http';
import { TrestleError } from '../../shared/error.ts';
import type { Keyring } from '../calls/caller.ts';
import type { Config } from '../config.ts';

interface Origins {
  config: Pick<Config, 'corsOrigins' | 'publicUrl'>;
  keyring: Pick<Keyring, 'isOpen'>;
}

/**
 * Why a page may not call from where it does; undefined when it may: from the server's own pages, or from a configured
 * origin. Callers that are no browsers send no `Origin`. CORS alone would not do: it hides the answer, but the call is
 * made, and paid for; and browsers do not apply it to WebSockets at all.
 */
export function foreignOrigin(headers: IncomingHttpHeaders, { config, keyring }: Origins): TrestleError | undefined {
  const { origin, host } = headers;
  if (keyring.isOpen && !isLoopbackHost(host) && host !== config.publicUrl?.host) {
    return refused('A server without keys answers only under a loopback name, or that of TRESTLE_PUBLIC_URL');
  }
  if (origin === undefined) {
    // An image, a link or a form of another site, or of another port of this one.
    const site = headers['sec-fetch-site'] ?? 'none';
    return site === 'none' || site === 'same-origin' ? undefined : refused(`Pages that are ${site} may not call`);
  }
  const { corsOrigins, publicUrl } = config;
  if (corsOrigins.includes(origin) || corsOrigins.includes('*') || origin === publicUrl?.origin) return undefined;
  if (URL.canParse(origin) && new URL(origin).host === host) return undefined;
  return refused(`Pages of ${toShown(origin)} may not call the server: name the origin in TRESTLE_CORS_ORIGINS`);
}

/** Headers that no page of another origin can send without being asked by CORS first. */
const DELIBERATE = [
  'authorization',
  'x-api-key',
  'api-key',
  'x-trestle-client',
  'x-trestle-strict',
  'x-trpc-source',
  'trpc-accept',
];

/**
 * Why a GET may not spend anything; undefined when it may. Browsers send a GET for an image or a link on any page, and
 * where no keys are set nothing else tells such a call from a wanted one.
 */
export function unwantedGet(headers: IncomingHttpHeaders, { keyring }: Origins): TrestleError | undefined {
  if (!keyring.isOpen || headers['sec-fetch-site'] === 'same-origin') return undefined;
  if (DELIBERATE.some((name) => headers[name] !== undefined) || isJson(headers)) return undefined;
  return refused('A GET that calls Claude needs the header x-trpc-source, or content-type: application/json');
}

function isJson(headers: IncomingHttpHeaders): boolean {
  return /^application\/json\b/i.test(headers['content-type'] ?? '');
}

/** The last one that was found to be a host: most requests name the same. */
let lastHost: string | undefined;

/** Whether a `Host` names a host, and perhaps a port, and nothing more. */
export function isHost(host: string | undefined): boolean {
  if (host === undefined || host === lastHost) return true;
  const isOne = !/[@/\\?#\s]/.test(host) && URL.canParse(`http://${host}`);
  if (isOne) lastHost = host;
  return isOne;
}

const LOOPBACK_HOST = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/i;

/** A server without keys answers to loopback names alone: a page may point its own host name at 127.0.0.1. */
function isLoopbackHost(host: string | undefined): boolean {
  return host === undefined || LOOPBACK_HOST.test(host);
}

function toShown(origin: string): string {
  return origin.slice(0, 200).replaceAll(/[^\x21-\x7e]/g, '?');
}

function refused(message: string): TrestleError {
  return new TrestleError('origin_not_allowed', message);
}
