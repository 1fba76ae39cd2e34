import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import { type ErrorKind, TrestleError } from '../shared/error.ts';
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

/** Anything thrown, as the error a caller may see. What it does not know becomes a 500 that tells nothing. */
export function toTrestleError(thrown: unknown): TrestleError {
  if (thrown instanceof TrestleError) return thrown;
  if (thrown instanceof ZodError) return fromZodError(thrown);
  if (thrown instanceof TRPCError) {
    if (thrown.cause instanceof TrestleError) return thrown.cause;
    if (thrown.cause instanceof ZodError) return fromZodError(thrown.cause);
    const known = BY_TRPC_CODE[thrown.code];
    if (known !== undefined) return new TrestleError(known.kind, known.message, { cause: thrown });
  }
  return new TrestleError('internal', 'The server had an internal error', { cause: thrown });
}
