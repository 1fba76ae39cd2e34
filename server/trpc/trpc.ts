import { initTRPC } from '@trpc/server';
import { deserialize, serialize, type SuperJSONResult } from 'superjson';
import type { OpenApiMeta } from 'trpc-openapi';
import { ERRORS } from '../../shared/error.ts';
import { LIVENESS } from '../../shared/liveness.ts';
import type { Side } from '../calls/admit.ts';
import { checkInputSize } from '../calls/input-size.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import type { Context } from './context.ts';
import { readPlainInput } from './plain-input.ts';

/** JSON-RPC's "invalid request": the one family of codes that no tRPC link runs again by itself. */
const NOT_REPEATABLE = -32600;

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
      const code: string = ERRORS[failure.kind ?? 'internal'].trpc ?? 'INTERNAL_SERVER_ERROR';
      return {
        message: failure.message,
        // The SSE link runs a subscription again after gateway errors: a second call to Claude, paid twice.
        code: type === 'subscription' ? NOT_REPEATABLE : shape.code,
        data: {
          code,
          kind: failure.kind,
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

/** A procedure for those who may use this side of the server. Throws 401 or 403 for all others. */
const procedureFor = (side: Side) =>
  trpc.procedure.use(({ ctx, next }) => {
    const refusal = ctx.admission.refusal(side);
    if (refusal) throw refusal;
    // Not told to tRPC by a context of its own: that would copy the whole of it at each call.
    return next();
  });

/** For callers with a valid key. */
export const procedure = procedureFor('calls');

/** For the admin key alone. */
export const adminProcedure = procedureFor('admin');
