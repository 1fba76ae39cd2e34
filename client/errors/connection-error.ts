import type { ErrorObject } from '../../shared/error-response.ts';
import { TrestleError } from '../../shared/error.ts';

/** No answer came, or it broke off: `status` is 0, `type` and `code` are `connection_error`. */
export function connectionError(message: string, cause?: unknown, retryAfter?: number): TrestleError {
  const detail = detailOf(cause);
  const body: ErrorObject = {
    message: detail === undefined ? message : `${message}: ${detail}`,
    type: 'connection_error',
    param: null,
    code: 'connection_error',
  };
  return Object.assign(TrestleError.fromWire(0, body, undefined, retryAfter), { cause });
}

/** Where nothing listens; browsers do not tell. */
const NOBODY_THERE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ERR_INVALID_URL'];

/** Codes of connections that were there and broke. */
const CUT = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

/** Whether it is known that there is no server, so that it makes no sense to try again. */
export function nobodyIsThere(thrown: unknown): boolean {
  return hasCode(thrown, NOBODY_THERE);
}

/** Whether it is known that there was a server, whose connection broke off. */
export function wasCut(thrown: unknown): boolean {
  return hasCode(thrown, CUT);
}

function hasCode(thrown: unknown, codes: readonly string[]): boolean {
  // An `ErrorEvent` of a socket has what happened as its `error`.
  const { code, cause, error } = (thrown ?? {}) as { code?: unknown; cause?: unknown; error?: unknown };
  const below = cause ?? error;
  return codes.some((name) => name === code) || (below !== undefined && hasCode(below, codes));
}

/** What is at the bottom of a failed fetch or socket, e.g. `ECONNREFUSED`. */
function detailOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const { code, message, reason, cause: below } = cause as Record<string, unknown>;
  // A close event has a number for its code.
  if (typeof code === 'string') return code;
  if (typeof code === 'number') return typeof reason === 'string' && reason !== '' ? `${code} ${reason}` : String(code);
  const deeper = detailOf(below);
  if (deeper !== undefined) return deeper;
  return typeof message === 'string' && message !== '' ? message : undefined;
}
