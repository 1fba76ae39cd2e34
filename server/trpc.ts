import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import type { OpenApiMeta } from 'trpc-openapi';
import { invalidApiKey } from './authenticate.ts';
import type { Context } from './context.ts';
import { toTrestleError } from './to-trestle-error.ts';

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

const trpc = initTRPC
  .context<Context>()
  .meta<OpenApiMeta>()
  .create({
    transformer: superjson,
    isDev: false,
    // Below the client's `reconnectAfterInactivityMs`; keeps proxies from closing quiet streams.
    sse: { ping: { enabled: true, intervalMs: 15_000 }, client: { reconnectAfterInactivityMs: 45_000 } },
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
          requestId: ctx?.requestId,
          retryAfter: failure.retryAfter,
          error: failure.toObject(),
        },
      };
    },
  });

export const { router } = trpc;

/** A procedure for callers with a valid key. Throws 401 for the others. */
export const procedure = trpc.procedure.use(({ ctx, next }) => {
  const { caller } = ctx;
  if (caller === null) {
    throw invalidApiKey();
  }
  return next({ ctx: { ...ctx, caller } });
});
