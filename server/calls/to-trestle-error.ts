import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import { type ErrorKind, TrestleError } from '../../shared/error.ts';
import { MAX_BATCH } from './batch-size.ts';
import { fromZodError } from './invalid-input.ts';

/** What tRPC itself refuses, by its code; anything else is ours to hide. */
const BY_TRPC_CODE: Readonly<Record<string, { kind: ErrorKind; message: string }>> = {
  PARSE_ERROR: { kind: 'invalid_request', message: 'The request is not valid JSON' },
  BAD_REQUEST: { kind: 'invalid_request', message: 'The request is not valid' },
  NOT_FOUND: { kind: 'not_found', message: 'There is no such procedure' },
  METHOD_NOT_SUPPORTED: { kind: 'method_not_allowed', message: 'The procedure can not be called in this way' },
  PAYLOAD_TOO_LARGE: { kind: 'request_too_large', message: 'The request body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { kind: 'unsupported_media_type', message: 'The request body must be application/json' },
  CLIENT_CLOSED_REQUEST: { kind: 'cancelled', message: 'The request was cancelled' },
};

/** tRPC tells it from other bad requests by its text alone. */
const TOO_LONG_A_BATCH = 'Batch call exceeds maximum size';

/** Anything thrown, as the error a caller may see. What it does not know becomes a 500 that tells nothing. */
export function toTrestleError(thrown: unknown): TrestleError {
  if (thrown instanceof TrestleError) return thrown;
  if (thrown instanceof ZodError) return fromZodError(thrown);
  if (thrown instanceof TRPCError) {
    if (thrown.cause instanceof TrestleError) return thrown.cause;
    if (thrown.cause instanceof ZodError) return fromZodError(thrown.cause);
    if (thrown.message === TOO_LONG_A_BATCH) {
      const { http, socket } = MAX_BATCH;
      const message = `A batch holds at most ${http} calls over HTTP, and ${socket} (or TRESTLE_MAX_SUBSCRIPTIONS, if more) over WebSocket`;
      return new TrestleError('invalid_request', message, { cause: thrown });
    }
    const known = BY_TRPC_CODE[thrown.code];
    if (known !== undefined) return new TrestleError(known.kind, known.message, { cause: thrown });
  }
  return new TrestleError('internal', 'The server had an internal error', { cause: thrown });
}
