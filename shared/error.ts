// Without zod at run time: the class is in every browser bundle of the client.
import type { ErrorObject } from './error-response.ts';

/**
 * Every failure a caller can see, by its kind: its HTTP status, the envelope's `type` and `code`, and tRPC's name for
 * the status.
 */
export const ERRORS = {
  invalid_request: { status: 400, type: 'invalid_request_error', code: null, trpc: 'BAD_REQUEST' },
  invalid_type: { status: 400, type: 'invalid_request_error', code: 'invalid_type', trpc: 'BAD_REQUEST' },
  missing_required_parameter: {
    status: 400,
    type: 'invalid_request_error',
    code: 'missing_required_parameter',
    trpc: 'BAD_REQUEST',
  },
  invalid_value: { status: 400, type: 'invalid_request_error', code: 'invalid_value', trpc: 'BAD_REQUEST' },
  unsupported_parameter: {
    status: 400,
    type: 'invalid_request_error',
    code: 'unsupported_parameter',
    trpc: 'BAD_REQUEST',
  },
  context_length_exceeded: {
    status: 400,
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
    trpc: 'BAD_REQUEST',
  },
  previous_response_not_found: {
    status: 400,
    type: 'invalid_request_error',
    code: 'previous_response_not_found',
    trpc: 'BAD_REQUEST',
  },
  invalid_api_key: { status: 401, type: 'invalid_request_error', code: 'invalid_api_key', trpc: 'UNAUTHORIZED' },
  admin_only: { status: 403, type: 'invalid_request_error', code: 'insufficient_permissions', trpc: 'FORBIDDEN' },
  model_not_allowed: { status: 403, type: 'invalid_request_error', code: 'model_not_allowed', trpc: 'FORBIDDEN' },
  origin_not_allowed: { status: 403, type: 'invalid_request_error', code: 'origin_not_allowed', trpc: 'FORBIDDEN' },
  model_not_found: { status: 404, type: 'invalid_request_error', code: 'model_not_found', trpc: 'NOT_FOUND' },
  not_found: { status: 404, type: 'invalid_request_error', code: null, trpc: 'NOT_FOUND' },
  method_not_allowed: { status: 405, type: 'invalid_request_error', code: null, trpc: 'METHOD_NOT_SUPPORTED' },
  idempotency_conflict: { status: 409, type: 'invalid_request_error', code: 'idempotency_conflict', trpc: 'CONFLICT' },
  stream_not_resumable: {
    status: 412,
    type: 'invalid_request_error',
    code: 'stream_not_resumable',
    trpc: 'PRECONDITION_FAILED',
  },
  request_too_large: {
    status: 413,
    type: 'invalid_request_error',
    code: 'request_too_large',
    trpc: 'PAYLOAD_TOO_LARGE',
  },
  unsupported_media_type: { status: 415, type: 'invalid_request_error', code: null, trpc: 'UNSUPPORTED_MEDIA_TYPE' },
  too_many_subscriptions: {
    status: 429,
    type: 'rate_limit_error',
    code: 'too_many_subscriptions',
    trpc: 'TOO_MANY_REQUESTS',
  },
  rate_limit_exceeded: {
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    trpc: 'TOO_MANY_REQUESTS',
  },
  insufficient_quota: {
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    trpc: 'TOO_MANY_REQUESTS',
  },
  cancelled: { status: 499, type: 'invalid_request_error', code: 'cancelled', trpc: 'CLIENT_CLOSED_REQUEST' },
  internal: { status: 500, type: 'server_error', code: null, trpc: 'INTERNAL_SERVER_ERROR' },
  upstream_authentication: { status: 502, type: 'server_error', code: 'upstream_authentication', trpc: 'BAD_GATEWAY' },
  upstream_error: { status: 502, type: 'server_error', code: 'upstream_error', trpc: 'BAD_GATEWAY' },
  overloaded: { status: 503, type: 'server_error', code: 'overloaded', trpc: 'SERVICE_UNAVAILABLE' },
  too_many_streams: { status: 503, type: 'server_error', code: 'too_many_streams', trpc: 'SERVICE_UNAVAILABLE' },
  too_many_sockets: { status: 503, type: 'server_error', code: 'too_many_sockets', trpc: 'SERVICE_UNAVAILABLE' },
  draining: { status: 503, type: 'server_error', code: 'draining', trpc: 'SERVICE_UNAVAILABLE' },
  upstream_timeout: { status: 504, type: 'server_error', code: 'upstream_timeout', trpc: 'GATEWAY_TIMEOUT' },
  // The client's own, with no status: the server's answer did not come, or is not what failed.
  connection_error: { status: 0, type: 'connection_error', code: 'connection_error', trpc: null },
  deadline_exceeded: { status: 0, type: 'connection_error', code: 'deadline_exceeded', trpc: null },
  stream_already_read: { status: 0, type: 'invalid_request_error', code: 'stream_already_read', trpc: null },
  incomplete_stream: { status: 0, type: 'connection_error', code: 'incomplete_stream', trpc: null },
} as const satisfies Record<string, { status: number; type: string; code: string | null; trpc: string | null }>;
export type ErrorKind = keyof typeof ERRORS;
/** What a `switch` can tell failures apart by; null where the status says all. */
export type ErrorCode = NonNullable<(typeof ERRORS)[ErrorKind]['code']>;

export interface TrestleErrorOptions {
  /** The path of the field at fault, e.g. `messages[0].content`. */
  param?: string | null | undefined;
  /** Whole seconds to wait before the next try. */
  retryAfter?: number | undefined;
  /** What really happened, for the log alone; never shown to a caller. */
  cause?: unknown;
}

/** The kind of an error that came over the wire without it; undefined for one that is none of this server's. */
export function kindOf({ type, code }: Pick<ErrorObject, 'type' | 'code'>, status?: number): ErrorKind | undefined {
  const kinds = Object.keys(ERRORS) as ErrorKind[];
  return kinds.find((kind) => {
    const known = ERRORS[kind];
    return known.type === type && known.code === code && (status === undefined || known.status === status);
  });
}

/** Marks the errors of every copy of the package. */
export const BRAND: unique symbol = Symbol.for('trestle.error');

/**
 * A failure that a caller may see as it is: `message` is public, `cause` is not.
 * The server throws it, every door renders it, and the client throws it again.
 */
export class TrestleError extends Error {
  /** What has the brand is one, also where it has to be an error of another class as well. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  readonly [BRAND] = true;
  override readonly name = 'TrestleError';
  /** Its row in the table; undefined for an error that came over the wire and is none of this server's. */
  readonly kind: ErrorKind | undefined;
  readonly status: number;
  readonly type: string;
  readonly code: ErrorCode | null;
  readonly param: string | null;
  readonly retryAfter: number | undefined;
  /** `x-request-id` of the failed call, known on the client's side. */
  requestId: string | undefined;
  /** Headers of the failed answer that the caller should still see, e.g. `x-ratelimit-*`. */
  headers: Record<string, string> | undefined;
  /** What Claude itself answered, for a door that speaks Claude's own API. Never part of an envelope of OpenAI's. */
  upstream: { status: number; body: string } | undefined;

  constructor(kind: ErrorKind, message: string, options: TrestleErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    const { status, type, code } = ERRORS[kind];
    this.kind = kind;
    this.status = status;
    this.type = type;
    this.code = code;
    this.param = options.param ?? null;
    this.retryAfter = options.retryAfter;
  }

  /** The same error, rebuilt from what came over the wire. */
  static fromWire(status: number, body: ErrorObject, requestId?: string, retryAfter?: number): TrestleError {
    const error = new TrestleError('internal', body.message, { param: body.param, retryAfter });
    const { type, code } = body;
    Object.assign(error, { kind: kindOf(body, status), status, type, code, requestId });
    return error;
  }

  toObject(): ErrorObject {
    return { message: this.message, type: this.type, param: this.param, code: this.code };
  }
}
