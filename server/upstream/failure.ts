import { TrestleError } from '../../shared/error.ts';
import type { ClaudeEvent } from '../claude/messages-api.ts';
import { fromClaudeError } from './from-claude-error.ts';

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

/** Whatever was thrown on the way, as a failure. */
export function toFailure(thrown: unknown): UpstreamFailure {
  if (thrown instanceof UpstreamFailure) return thrown;
  if (thrown instanceof TrestleError) return new UpstreamFailure(thrown, { retryable: false });
  return brokenConnection(thrown);
}

/** An `error` event inside a stream: its type tells what its HTTP status would have been. */
export function fromErrorEvent(event: ClaudeEvent): UpstreamFailure {
  const { type: named, message, details }: ErrorText = event.error ?? {};
  const type = textOrNone(named);
  const error = fromClaudeError({ type, errorCode: textOrNone(details?.error_code), message: textOrNone(message) });
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

/** Nothing was sent: there was no connection. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** Failures of servers that say that nothing was begun. */
const TURNED_AWAY: ReadonlySet<number> = new Set([503, 529]);

/** Whether Claude may have done what it was asked, although there is no answer. */
export function mayHaveBegun({ status, upstream, cause }: TrestleError): boolean {
  if (status < 500) return false;
  if (upstream) return !TURNED_AWAY.has(upstream.status);
  const { code } = (cause ?? {}) as { code?: unknown };
  return !(typeof code === 'string' && NOT_CONNECTED.has(code));
}

/** Claude was silent for longer than the configuration allows. Not tried again: the caller has waited enough. */
export function silentTooLong(milliseconds: number): UpstreamFailure {
  return new UpstreamFailure(new TrestleError('upstream_timeout', `Claude was silent for ${milliseconds} ms`), {
    retryable: false,
  });
}

/** An answer that is no success: Claude's error, or the page of a proxy between. */
export function fromErrorAnswer(
  { status, headers }: { status: number; headers: Headers },
  text: string,
): UpstreamFailure {
  const retryAfterMs = readRetryAfter(headers);
  const { type, message, details } = errorIn(text);
  const error = fromClaudeError({
    status,
    type: textOrNone(type),
    errorCode: textOrNone(details?.error_code),
    message: textOrNone(message),
    retryAfter: retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1000),
    cause: Object.assign(new Error('Claude answered with an error'), { code: `status_${status}` }),
  });
  error.headers = headers;
  error.upstream = { status, body: text };
  const told = headers['x-should-retry'];
  const retryable = told === 'true' || (told !== 'false' && RETRYABLE_STATUSES.has(status));
  return new UpstreamFailure(error, { retryable: retryable && error.code !== 'insufficient_quota', retryAfterMs });
}

type Headers = Record<string, string>;

interface ErrorText {
  type?: unknown;
  message?: unknown;
  details?: { error_code?: unknown } | null;
}

/** An answer that is not Claude's JSON, such as a proxy's page, says nothing to a caller. */
function errorIn(text: string): ErrorText {
  try {
    const body = JSON.parse(text) as { error?: ErrorText | null } | null;
    return body?.error ?? {};
  } catch {
    return {};
  }
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function readRetryAfter(headers: Headers): number | undefined {
  const milliseconds = Number.parseFloat(headers['retry-after-ms'] ?? '');
  if (milliseconds >= 0) return milliseconds;
  const text = headers['retry-after'] ?? '';
  const seconds = Number(text);
  if (text !== '' && seconds >= 0) return seconds * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
