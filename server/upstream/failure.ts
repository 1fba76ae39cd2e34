import { APIConnectionError, APIError, APIUserAbortError } from '@anthropic-ai/sdk';
import { TrestleError } from '../../shared/error.ts';
import { fromClaudeError } from '../claude/from-claude-error.ts';
import type { ClaudeEvent } from '../claude/claude-event.ts';

/** A call to Claude that failed: what the caller is told, and whether another try may help. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';
  readonly error: TrestleError;
  readonly retryable: boolean;
  /** Claude's own wish, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(error: TrestleError, options: { retryable: boolean; retryAfterMs?: number | undefined }) {
    super(error.message, { cause: error.cause });
    this.error = error;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 409, 429, 500, 502, 503, 504, 529]);
const RETRYABLE_TYPES: ReadonlySet<string> = new Set([
  'rate_limit_error',
  'api_error',
  'overloaded_error',
  'timeout_error',
]);

/** Whatever the SDK or the transport threw, as a failure. */
export function toFailure(thrown: unknown): UpstreamFailure {
  if (thrown instanceof UpstreamFailure) return thrown;
  if (thrown instanceof TrestleError) return new UpstreamFailure(thrown, { retryable: false });
  if (thrown instanceof APIUserAbortError) return new UpstreamFailure(cancelled(), { retryable: false });
  if (thrown instanceof APIError && !(thrown instanceof APIConnectionError)) return fromApiError(thrown);
  return brokenConnection(thrown);
}

/** An `error` event inside a stream: its type tells what its HTTP status would have been. */
export function fromErrorEvent(event: ClaudeEvent): UpstreamFailure {
  const type = event.error?.type;
  const error = fromClaudeError({ type, errorCode: event.error?.details?.error_code, message: event.error?.message });
  return new UpstreamFailure(error, {
    retryable: error.code !== 'insufficient_quota' && RETRYABLE_TYPES.has(type ?? ''),
  });
}

/** The connection broke, or what came over it could not be read. */
export function brokenConnection(cause: unknown): UpstreamFailure {
  const error = new TrestleError('upstream_error', 'The connection to Claude broke before the answer was complete', {
    cause,
  });
  return new UpstreamFailure(error, { retryable: true });
}

/** The answer is there, but it is not what Claude's API answers. */
export function unreadable(cause: unknown): UpstreamFailure {
  const error = new TrestleError('upstream_error', 'Claude gave an answer that could not be understood', { cause });
  return new UpstreamFailure(error, { retryable: false });
}

/** Claude was silent for longer than the configuration allows. Not tried again: the caller has waited enough. */
export function silentTooLong(milliseconds: number): UpstreamFailure {
  return new UpstreamFailure(new TrestleError('upstream_timeout', `Claude was silent for ${milliseconds} ms`), {
    retryable: false,
  });
}

export function cancelled(): TrestleError {
  return new TrestleError('cancelled', 'The request was cancelled');
}

function fromApiError(thrown: APIError): UpstreamFailure {
  const retryAfterMs = readRetryAfter(thrown.headers);
  const error = fromClaudeError({
    status: thrown.status,
    type: thrown.type ?? undefined,
    errorCode: thrown.errorCode ?? undefined,
    message: textOf(thrown),
    retryAfter: retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1000),
    cause: thrown,
  });
  error.headers = headersOf(thrown.headers);
  const told = thrown.headers?.get('x-should-retry');
  const retryable = told === 'true' || (told !== 'false' && RETRYABLE_STATUSES.has(thrown.status ?? 0));
  return new UpstreamFailure(error, { retryable: retryable && error.code !== 'insufficient_quota', retryAfterMs });
}

/** Claude's clean text. An answer that is not Claude's JSON, such as a proxy's page, says nothing to a caller. */
function textOf(thrown: APIError): string | undefined {
  const body: { error?: { message?: unknown } } | undefined = thrown.error;
  const message = body?.error?.message;
  return typeof message === 'string' ? message : undefined;
}

export function headersOf(headers: Headers | undefined): Record<string, string> {
  return Object.fromEntries(headers?.entries() ?? []);
}

function readRetryAfter(headers: Headers | undefined): number | undefined {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (milliseconds >= 0) return milliseconds;
  const text = headers?.get('retry-after') ?? '';
  const seconds = Number(text);
  if (text !== '' && seconds >= 0) return seconds * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
