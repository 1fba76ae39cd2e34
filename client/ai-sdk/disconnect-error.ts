import { BRAND, TrestleError } from '../../shared/error.ts';

/** How the AI SDK tells a lost connection from other failures, for `isDisconnect`: a TypeError that speaks of the network. */
class DisconnectError extends TypeError {
  readonly [BRAND] = true;

  constructor(error: TrestleError) {
    super(`Network failure: ${error.message}`, { cause: error.cause });
    const { name, status, type, code, param, retryAfter, requestId, headers } = error;
    Object.assign(this, { name, status, type, code, param, retryAfter, requestId, headers });
  }

  toObject(): ReturnType<TrestleError['toObject']> {
    return TrestleError.prototype.toObject.call(this as unknown as TrestleError);
  }
}

/** The failure as `useChat` is to see it: still a TrestleError. */
export function toChatError(thrown: unknown): unknown {
  return isConnectionError(thrown) ? new DisconnectError(thrown) : thrown;
}

export function isConnectionError(thrown: unknown): thrown is TrestleError {
  return thrown instanceof TrestleError && thrown.code === 'connection_error';
}
