import type { ErrorObject } from '../../shared/error-response.ts';
import { ERRORS, kindOf, TrestleError } from '../../shared/error.ts';

/** The failure that an HTTP answer stands for: an envelope, or a page of a proxy that is none of ours. */
export function toErrorOfAnswer({ status, headers }: Response, body: unknown): TrestleError {
  const retryAfter = /^\d+$/.test(headers.get('retry-after') ?? '') ? Number(headers.get('retry-after')) : undefined;
  const error = envelopeOf(body) ?? unreadable(status);
  return TrestleError.fromWire(status, error, headers.get('x-request-id') ?? undefined, retryAfter);
}

/** What proxies say when they do not reach a server, or have no place for the request. */
const OF_PROXY = [408, 429, 502, 503, 504];

/** Whether it was not Trestle that answered, but something on the way to it, which may be gone the next time. */
export function isOfProxy({ status, ok }: Response, body: unknown): boolean {
  // A network that wants a login first answers anything with a page of its own.
  return envelopeOf(body) === undefined && (ok || status >= 511 || OF_PROXY.includes(status));
}

/** The failure that ends a stream; an event has no status, so that of the same error elsewhere. */
export function toErrorOfEvent({ headers }: Response, error: ErrorObject): TrestleError {
  const kind = kindOf(error);
  const status = kind ? ERRORS[kind].status : error.type === 'server_error' ? 500 : 400;
  return TrestleError.fromWire(status, error, headers.get('x-request-id') ?? undefined);
}

/** tRPC's own errors hold `error.json`; OpenAI's envelope holds `error.message`. */
export function envelopeOf(body: unknown): ErrorObject | undefined {
  const { error } = (body ?? {}) as { error?: Partial<ErrorObject> };
  if (typeof error?.message !== 'string' || typeof error.type !== 'string') return undefined;
  return { param: null, code: null, ...error } as ErrorObject;
}

function unreadable(status: number): ErrorObject {
  const type = status >= 400 && status < 500 ? 'invalid_request_error' : 'server_error';
  return { message: `What answered with ${status} does not speak Trestle's contract`, type, param: null, code: null };
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
