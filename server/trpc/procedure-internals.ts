/**
 * The inside of tRPC's procedures: `_def`, as @trpc/server 11.25.2 has it. This is the one file of the server that
 * reads it, and `test/contract/inside-packages.test.ts` holds that. `composeMiddlewares` is the part that buys time: 15 to
 * 20 µs of CPU a small whole answer, of about 200.
 *
 * `test/unit/trpc/procedure-internals.test.ts` runs the same procedures composed and not, and fails when tRPC comes to
 * run them in another way. Without the call of `composeMiddlewares` in `routers/app-router.ts` everything works as
 * before, at that price; the other functions here are what tRPC has no public name for.
 */
import { type AnyRouter, TRPCError } from '@trpc/server';
import type { OpenApiMeta } from 'trpc-openapi';
import { z } from 'zod';
import { isPlainObject } from '../calls/plain-object.ts';

/** What tRPC gives to a middleware. */
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
type Outcome = { ok: true; data: unknown } | { ok: false; error: Error };
type Middleware = ((options: Options & { next?: (changes?: Changes) => Promise<Outcome> }) => Promise<Outcome>) & {
  _type?: string;
};

interface Definition {
  type: 'query' | 'mutation' | 'subscription';
  meta?: OpenApiMeta;
  inputs: z.ZodType[];
  /** The last of them calls the resolver. */
  middlewares: Middleware[];
}
/** Called by tRPC's own doors; it runs the middlewares in turn, and rejects with what tRPC made of a failure. */
type Internal = ((options: Omit<Options, 'input' | 'meta'>) => Promise<unknown>) & { _def: Definition };

// Sound: what tRPC's builder puts there, which it reads at each call. Typed as a tree, but flat: `chat.complete` is a key.
const internals = (router: AnyRouter): Record<string, Internal> => router._def.procedures as never;

/** A procedure, as far as a door has to know it. */
export interface Procedure {
  /** Such as `chat.complete`. */
  name: string;
  type: Definition['type'];
  /** The REST route that its meta names. */
  openapi: OpenApiMeta['openapi'];
  /** The schemas that its input is validated by, in turn. */
  inputs: readonly z.ZodType[];
  /**
   * Calls it as tRPC's own doors do, with an input that was not validated yet. A subscription gives what its resolver
   * returned. The input is given to each of its schemas, and not held until the answer is there.
   */
  call: (ctx: object, input: unknown) => Promise<unknown>;
}

/** All procedures of a router, by their names. */
export function proceduresOf(router: AnyRouter): Map<string, Procedure> {
  return new Map(
    Object.entries(internals(router)).map(([name, procedure]) => {
      const { type, meta, inputs } = procedure._def;
      return [name, { name, type, openapi: meta?.openapi, inputs, call: callerOf(name, procedure) }];
    }),
  );
}

function callerOf(path: string, procedure: Internal): Procedure['call'] {
  const { type, meta, inputs, middlewares } = procedure._def;
  const [composed, ...others] = middlewares;
  return (ctx, input) => {
    let raw: unknown = input;
    let reads = inputs.length;
    const getRawInput = (): Promise<unknown> => {
      const given = Promise.resolve(raw);
      if (--reads <= 0) raw = undefined;
      return given;
    };
    // The context has a signal, which is none of the DOM's.
    const signal = undefined;
    if (others.length > 0) return procedure({ ctx, path, type, getRawInput, signal, batchIndex: 0 });
    // One that is alone is all of the procedure: what tRPC does around it costs as much as all of zod's work.
    return composed!({ ctx, path, type, getRawInput, signal, batchIndex: 0, meta, input: undefined }).then(dataOf);
  };
}

function dataOf(outcome: Outcome): unknown {
  if (!outcome.ok) throw outcome.error;
  return outcome.data;
}

/**
 * As much of a router as trpc-openapi's handler reads: here of one with a single procedure, `call`, and with a caller
 * that is made for the context of each request.
 */
export function frontRouter(
  openapi: NonNullable<OpenApiMeta['openapi']>,
  input: z.ZodType,
  createCaller: (ctx: never) => { call: (input: object) => Promise<unknown> },
): AnyRouter {
  const call = { _def: { type: 'mutation', meta: { openapi }, inputs: [input], output: z.unknown() } };
  return { _def: { procedures: { call } as unknown }, createCaller } as never;
}

/**
 * States for the OpenAPI document what a procedure answers with; the types hold it against what it returns.
 * tRPC's `.output` would also validate and copy every answer, which we made ourselves; tests validate in its place.
 */
export function answering<Answer, P extends { _def: { $types: { output: Answer } } }>(
  output: z.ZodType<Answer>,
  procedure: P,
): P {
  Object.assign(procedure._def, { output });
  return procedure;
}

/**
 * Makes one middleware of all those of each procedure, the validation of its input and its resolver included. tRPC
 * copies its options for each of them, and once more for each `next`, property by property with their descriptors:
 * for two middlewares and a resolver that is as much as the whole translation of a small request.
 */
export function composeMiddlewares<Router extends AnyRouter>(router: Router): Router {
  for (const { _def: definition } of Object.values(internals(router))) {
    const inputs = definition.inputs.values();
    const parts = definition.middlewares.map((part) =>
      part._type === 'input' ? validation(inputs.next().value!) : part,
    );
    definition.middlewares = [compose(parts)];
  }
  return router;
}

/** What a middleware throws goes through those before it as an exception; none of ours looks at a failed result. */
function compose(parts: readonly Middleware[]): Middleware {
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

/** The same as in tRPC: a context is added to, anything else is replaced. */
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
 * As tRPC's own, which calls zod's `parseAsync`: that never takes the parser which zod compiles for an object. So no
 * schema may check anything asynchronously. Not an async function, which would keep the input until the answer is there.
 */
function validation(schema: z.ZodType): Middleware {
  return ({ getRawInput, input, next: proceed }) =>
    getRawInput().then((raw) => {
      const parsed = schema.safeParse(raw);
      if (!parsed.success) throw new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error });
      // Sound: the resolver comes after it.
      return proceed!({
        input: isPlainObject(input) && isPlainObject(parsed.data) ? { ...input, ...parsed.data } : parsed.data,
      });
    });
}
