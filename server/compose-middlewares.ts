import type { AnyRouter } from '@trpc/server';

interface Options {
  ctx: object;
  [option: string]: unknown;
}
type Changes = Partial<Options>;
type Middleware = (options: Options & { next: (changes?: Changes) => Promise<unknown> }) => Promise<unknown>;

/**
 * Makes one middleware of all those of each procedure, the validation of its input and its resolver included. tRPC
 * copies its options for each of them, and once more for each `next`, property by property with their descriptors:
 * for two middlewares and a resolver that is as much as the whole translation of a small request.
 */
export function composeMiddlewares<Router extends AnyRouter>(router: Router): Router {
  // Sound: what tRPC's builder puts there (@trpc/server 11.25.2, procedureBuilder.ts), which it reads at each call.
  const procedures = router._def.procedures as unknown as Record<string, { _def: { middlewares: Middleware[] } }>;
  for (const { _def: definition } of Object.values(procedures))
    definition.middlewares = [compose(definition.middlewares)];
  return router;
}

/** What a middleware throws goes through those before it as an exception; none of ours looks at a failed result. */
function compose(middlewares: readonly Middleware[]): Middleware {
  const run = (index: number, options: Options): Promise<unknown> => {
    const next = (changes?: Changes): Promise<unknown> => run(index + 1, changes ? changed(options, changes) : options);
    return middlewares[index]!({ ...options, next });
  };
  return (options) => run(0, options);
}

/** As tRPC has it: a context is added to, anything else is replaced. */
function changed(options: Options, changes: Changes): Options {
  return { ...options, ...changes, ctx: changes.ctx ? { ...options.ctx, ...changes.ctx } : options.ctx };
}
