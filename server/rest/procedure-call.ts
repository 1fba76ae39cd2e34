import type { OpenApiMeta } from 'trpc-openapi';
import type { Context } from '../context.ts';
import { appRouter } from '../router.ts';

/** A procedure as tRPC's own doors call it: with its middlewares, its validation, and its resolver. */
interface Procedure {
  _def: { type: 'query' | 'mutation' | 'subscription'; meta?: OpenApiMeta };
  (call: {
    ctx: Context;
    path: string;
    type: string;
    getRawInput: () => Promise<unknown>;
    /** The context has one, which is none of the DOM's. */
    signal: undefined;
    batchIndex: number;
  }): Promise<unknown>;
}

// Typed as a tree, but flat: `chat.complete` is a key.
const procedures = appRouter._def.procedures as unknown as Record<string, Procedure>;

/** Calls a procedure with an input that was not validated yet. A subscription gives what its resolver returned. */
export function callProcedure(path: string, ctx: Context, input: unknown): Promise<unknown> {
  const procedure = procedures[path]!;
  const getRawInput = (): Promise<unknown> => Promise.resolve(input);
  return procedure({ ctx, path, type: procedure._def.type, getRawInput, signal: undefined, batchIndex: 0 });
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
