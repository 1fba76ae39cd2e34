import { type AnyRouter, TRPCError } from '@trpc/server';
import type { z } from 'zod';
import { checkInputSize } from '../calls/input-size.ts';

/** What tRPC gives to a middleware (@trpc/server 11.25.2, procedureBuilder.ts). */
interface Options {
  ctx: object;
  input: unknown;
  path: string;
  type: string;
  getRawInput: () => Promise<unknown>;
  meta: unknown;
  signal: unknown;
  batchIndex: number;
}
type Changes = Partial<Pick<Options, 'ctx' | 'input' | 'getRawInput'>>;
/** What came of a procedure: its answer, or what tRPC made of its failure. */
export type Outcome = { ok: true; data: unknown } | { ok: false; error: Error };
type Middleware = ((options: Options & { next?: (changes?: Changes) => Promise<Outcome> }) => Promise<Outcome>) & {
  _type?: string;
};

/** All of a procedure. Rejects with what any part of it threw. */
export type Composed = (options: Options) => Promise<Outcome>;

/**
 * Makes one middleware of all those of each procedure, the validation of its input and its resolver included. tRPC
 * copies its options for each of them, and once more for each `next`, property by property with their descriptors:
 * for two middlewares and a resolver that is as much as the whole translation of a small request.
 */
export function composeMiddlewares<Router extends AnyRouter>(router: Router): Router {
  // Sound: what tRPC's builder puts there, which it reads at each call.
  const procedures = router._def.procedures as unknown as Record<
    string,
    { _def: { middlewares: Middleware[]; inputs: z.ZodType[] } }
  >;
  for (const { _def: definition } of Object.values(procedures)) {
    const inputs = definition.inputs.values();
    const parts = definition.middlewares.map((part) =>
      part._type === 'input' ? validation(inputs.next().value!) : part,
    );
    definition.middlewares = [compose(parts)];
  }
  return router;
}

/** What a middleware throws goes through those before it as an exception; none of ours looks at a failed result. */
function compose(parts: readonly Middleware[]): Composed {
  const run = (index: number, options: Options): Promise<Outcome> => {
    if (index === parts.length - 1) return resolve(parts[index]!, options);
    const { ctx, input, path, type, getRawInput, meta, signal, batchIndex } = options;
    const next = (changes?: Changes): Promise<Outcome> => run(index + 1, changes ? changed(options, changes) : options);
    // Each by its name: a spread of what tRPC gives is looked up property by property at every call.
    return parts[index]!({ ctx, input, path, type, getRawInput, meta, signal, batchIndex, next });
  };
  return (options) => run(0, options);
}

/** tRPC holds these options until the answer is there. The input, which may be long, is its resolver's alone. */
function resolve(resolver: Middleware, options: Options): Promise<Outcome> {
  const outcome = resolver(options);
  options.input = undefined;
  return outcome;
}

/** As tRPC has it: a context is added to, anything else is replaced. */
function changed(options: Options, changes: Changes): Options {
  const { path, type, meta, signal, batchIndex } = options;
  return {
    ctx: changes.ctx ? { ...options.ctx, ...changes.ctx } : options.ctx,
    input: 'input' in changes ? changes.input : options.input,
    path,
    type,
    getRawInput: changes.getRawInput ?? options.getRawInput,
    meta,
    signal,
    batchIndex,
  };
}

/**
 * As tRPC's own, which calls zod's `parseAsync`: that never takes the parser which zod compiles for an object. Not an
 * async function, which would keep the input until the answer is there.
 */
function validation(schema: z.ZodType): Middleware {
  return ({ getRawInput, next: proceed }) =>
    getRawInput().then((raw) => {
      checkInputSize(raw);
      const parsed = schema.safeParse(raw);
      if (!parsed.success) throw new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error });
      // Sound: the resolver comes after it.
      return proceed!({ input: parsed.data });
    });
}
