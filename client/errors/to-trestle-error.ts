import { TRPCClientError } from '@trpc/client';
import { TrestleError } from '../../shared/error.ts';
import type { AppRouter } from '../contract/app-router.ts';
import { connectionError } from './connection-error.ts';

/** Whatever a tRPC call throws, as the one error that callers see. */
export function toTrestleError(thrown: unknown): TrestleError {
  if (thrown instanceof TrestleError) return thrown;
  if (!(thrown instanceof TRPCClientError)) return connectionError('The call to Trestle failed', thrown);
  const { data, cause } = thrown as TRPCClientError<AppRouter>;
  if (cause instanceof TrestleError) return cause;
  if (!data?.error) return connectionError('The call to Trestle failed', cause ?? thrown);
  return TrestleError.fromWire(data.httpStatus, data.error, data.requestId, data.retryAfter);
}
