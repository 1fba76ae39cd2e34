import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a browser may call from where it does: from the server's own pages, or from a configured origin.
 * Callers that are no browsers send no `Origin`. CORS alone would not do: it hides the answer, but
 * the call is made, and paid for; and browsers do not apply it to WebSockets at all.
 */
export function isOriginAllowed(headers: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return headers['sec-fetch-site'] !== 'cross-site';
  if (allowed.includes(origin) || allowed.includes('*')) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

const LOOPBACK_HOST = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/i;

/** A server without keys answers to loopback names alone: a page may point its own host name at 127.0.0.1. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host === undefined || LOOPBACK_HOST.test(host);
}
