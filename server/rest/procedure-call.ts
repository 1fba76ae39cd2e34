import { callTRPCProcedure } from '@trpc/server';
import type { OpenApiMeta } from 'trpc-openapi';
import type { Context } from '../context.ts';
import { appRouter } from '../router.ts';

export interface ProcedureCall {
  /** As `chat.complete`. */
  path: string;
  type: 'query' | 'mutation' | 'subscription';
  context: Context;
  /** Not validated yet. */
  input: unknown;
}

/** A route of the contract: a procedure, and where its OpenAPI meta says that it is. */
export interface ProcedureRoute extends Pick<ProcedureCall, 'path' | 'type'> {
  method: 'GET' | 'POST';
  /** With parameters as `:name`. */
  url: string;
}

/** Calls a procedure as tRPC's own doors do. A subscription gives what its resolver returned. */
export function callProcedure({ path, type, context, input }: ProcedureCall): Promise<unknown> {
  return callTRPCProcedure({
    router: appRouter,
    path,
    type,
    ctx: context,
    getRawInput: () => Promise.resolve(input),
    signal: context.signal,
    batchIndex: 0,
  });
}

/** The routes that the procedures themselves name. */
export function procedureRoutes(): ProcedureRoute[] {
  // Typed as a tree, but flat: `chat.complete` is a key.
  const procedures = appRouter._def.procedures as unknown as Record<
    string,
    { _def: { type: ProcedureCall['type']; meta?: OpenApiMeta } }
  >;
  return Object.entries(procedures).flatMap(([path, { _def: definition }]) => {
    const { openapi } = definition.meta ?? {};
    if (openapi === undefined) return [];
    const url = openapi.path.replaceAll(/\{(\w+)\}/g, ':$1');
    // Sound: the contract has no other methods.
    return [{ path, type: definition.type, method: openapi.method as 'GET' | 'POST', url }];
  });
}
