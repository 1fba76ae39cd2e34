import type { ErrorKind, TrestleError } from '../../shared/error.ts';

/** Anthropic's types of errors, by HTTP status. */
const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  415: 'invalid_request_error',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** What Claude says of the operator is none of a caller's business: it is answered in our words. */
const OPERATORS: ReadonlySet<ErrorKind | undefined> = new Set(['upstream_authentication', 'insufficient_quota']);

/** Characters of an error that is passed on. */
const MAX_BODY = 64 * 1024;

/** Headers of Claude's that its clients read. */
const PASSED = /^(?:anthropic-ratelimit-.+|retry-after(?:-ms)?|x-should-retry|request-id)$/;

/** How a failure is told to a caller. */
export interface ErrorAnswer {
  status: number;
  /** JSON. */
  body: string;
  /** Those of its API. */
  headers: Record<string, string>;
}

/** Anthropic's envelope of an error. */
function toAnthropicError({ status, message }: TrestleError, requestId?: string): object {
  const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  return { type: 'error', error: { type, message }, ...(requestId !== undefined && { request_id: requestId }) };
}

/** An error as an answer of Anthropic's API: Claude's own status, words and id where it was Claude that refused. */
export function toAnthropicAnswer(error: TrestleError, requestId: string | undefined): ErrorAnswer {
  const { upstream, kind } = error;
  const own = { 'request-id': requestId ?? '' };
  const given = anthropicHeaders(error);
  if (upstream && !OPERATORS.has(kind) && isEnvelope(upstream.body))
    return { ...upstream, headers: { ...own, ...given } };
  const body = JSON.stringify(toAnthropicError(error, requestId));
  return { status: error.status, body, headers: { ...given, ...own } };
}

/** The headers that Claude gave with an answer, in its own names. */
export function anthropicHeaders({
  headers = {},
}: {
  headers?: Record<string, string> | undefined;
}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => PASSED.test(name)));
}

/** A proxy between may answer with a page of its own, and what is longer than any error is none. */
function isEnvelope(body: string): boolean {
  if (body.length > MAX_BODY) return false;
  try {
    const { type, error } = JSON.parse(body) as { type?: unknown; error?: { type?: unknown; message?: unknown } };
    return type === 'error' && typeof error?.type === 'string' && typeof error.message === 'string';
  } catch {
    return false;
  }
}
