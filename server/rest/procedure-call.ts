import type { OpenApiMeta } from 'trpc-openapi';
import type { Composed, Outcome } from '../trpc/compose-middlewares.ts';
import type { Context } from '../trpc/context.ts';
import { appRouter } from '../trpc/routers/app-router.ts';

interface Procedure {
  _def: {
    type: 'query' | 'mutation' | 'subscription';
    meta?: OpenApiMeta;
    /** With its middlewares, its validation, and its resolver. */
    middlewares: readonly [Composed];
  };
}

// Typed as a tree, but flat: `chat.complete` is a key.
const procedures = appRouter._def.procedures as unknown as Record<string, Procedure>;

/**
 * Calls a procedure as tRPC's own doors do, with an input that was not validated yet. A subscription gives what its
 * resolver returned. The input is given once, and not held until the answer is there.
 */
export function callProcedure(path: string, ctx: Context, input: unknown): Promise<unknown> {
  const { type, meta, middlewares } = procedures[path]!._def;
  let raw: unknown = input;
  const outcome = middlewares[0]({
    ctx,
    path,
    type,
    meta,
    input: undefined,
    getRawInput: () => {
      const given = Promise.resolve(raw);
      raw = undefined;
      return given;
    },
    // The context has one, which is none of the DOM's.
    signal: undefined,
    batchIndex: 0,
  });
  return outcome.then(dataOf);
}

function dataOf(outcome: Outcome): unknown {
  if (!outcome.ok) throw outcome.error;
  return outcome.data;
}

/** A route that a procedure's OpenAPI meta names. */
export interface ProcedureRoute {
  /** Of the procedure, such as `chat.complete`. */
  path: string;
  method: 'GET' | 'POST';
  /** With parameters as `:name`. */
  url: string;
}

export function procedureRoutes(): ProcedureRoute[] {
  return Object.entries(procedures).flatMap(([path, { _def: definition }]) => {
    const { openapi } = definition.meta ?? {};
    if (openapi === undefined) return [];
    const url = openapi.path.replaceAll(/\{(\w+)\}/g, ':$1');
    // Sound: the contract has no other methods.
    return [{ path, method: openapi.method as 'GET' | 'POST', url }];
  });
}
