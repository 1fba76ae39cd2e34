import { initTRPC } from '@trpc/server';
import { deserialize, serialize, type SuperJSONResult } from 'superjson';
import type { OpenApiMeta } from 'trpc-openapi';
import { LIVENESS } from '../../shared/liveness.ts';
import { invalidApiKey, invalidSocketKey } from '../calls/authenticate.ts';
import type { Context } from './context.ts';
import { readPlainInput } from './plain-input.ts';
import { checkInputSize } from '../calls/input-size.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';

/** JSON-RPC's "invalid request": the one family of codes that no tRPC link runs again by itself. */
const NOT_REPEATABLE = -32600;

const TRPC_CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  499: 'CLIENT_CLOSED_REQUEST',
  500: 'INTERNAL_SERVER_ERROR',
  502: 'BAD_GATEWAY',
  503: 'SERVICE_UNAVAILABLE',
  504: 'GATEWAY_TIMEOUT',
};

/**
 * What superjson writes for plain JSON, without walking through it: all that the procedures answer with is plain, and
 * a stream is thousands of chunks.
 */
const plainOutput = {
  serialize: (json: unknown) => ({ json }),
  deserialize,
};
/** Clients write with superjson itself. */
const plainInput = {
  serialize,
  deserialize: (written: SuperJSONResult) => {
    const input = readPlainInput(written);
    checkInputSize(input);
    return input;
  },
};

const trpc = initTRPC
  .context<Context>()
  .meta<OpenApiMeta>()
  .create({
    transformer: { input: plainInput, output: plainOutput },
    isDev: false,
    // tRPC's SSE link is told how long a silence is that means a lost connection.
    sse: {
      ping: { enabled: true, intervalMs: LIVENESS.sayEvery },
      client: { reconnectAfterInactivityMs: LIVENESS.silence },
    },
    errorFormatter({ shape, error, type, ctx, path }) {
      const failure = toTrestleError(error);
      return {
        message: failure.message,
        // The SSE link runs a subscription again after gateway errors: a second call to Claude, paid twice.
        code: type === 'subscription' ? NOT_REPEATABLE : shape.code,
        data: {
          code: TRPC_CODES[failure.status] ?? 'INTERNAL_SERVER_ERROR',
          httpStatus: failure.status,
          path,
          requestId: ctx?.requestId ?? failure.requestId,
          retryAfter: failure.retryAfter,
          error: failure.toObject(),
        },
      };
    },
  });

export const { router } = trpc;

/** A procedure for callers with a valid key. Throws 401 for the others. */
export const procedure = trpc.procedure.use(({ ctx, next }) => {
  if (ctx.caller === null) {
    throw ctx.socket ? invalidSocketKey(ctx.presented) : invalidApiKey(ctx.presented);
  }
  // Not told to tRPC by a context of its own: that would copy the whole of it at each call.
  return next();
});
