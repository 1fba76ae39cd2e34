import { initTRPC, TRPCError } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { composeMiddlewares, proceduresOf } from '../../../server/trpc/procedure-internals.ts';

/** Procedures of every kind. Each call makes new ones: composing changes them. */
function createRouter() {
  const t = initTRPC.context<{ key: string | null }>().create({ isDev: false });
  const guarded = t.procedure.use(({ ctx, next }) => {
    if (ctx.key === null) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'no key' });
    return next({ ctx: { caller: ctx.key.toUpperCase() } });
  });
  return t.router({
    open: t.procedure.query(({ ctx, input, path }) => ({ ctx, input, path })),
    unread: guarded.query(({ ctx, input }) => ({ ctx, input })),
    echo: guarded
      .input(z.looseObject({ count: z.number(), text: z.string().default('none') }))
      .query(({ ctx, input, path }) => ({ ctx, input, path })),
    text: guarded.input(z.string().min(2).optional()).query(({ input }) => ({ input })),
    two: guarded
      .input(z.object({ count: z.number() }))
      .input(z.object({ text: z.string() }))
      .mutation(({ ctx, input }) => ({ ctx, input })),
    between: guarded
      .input(z.object({ count: z.number() }))
      .use(({ ctx, input, next }) => next({ ctx: { seen: [ctx.caller, input.count], key: 'another' } }))
      .mutation(({ ctx, input }) => ({ ctx, input })),
    late: guarded
      .input(z.object({ count: z.number() }))
      .use(({ input }) => {
        throw new TRPCError({ code: 'CONFLICT', message: `after ${input.count}` });
      })
      .mutation(() => 'not reached'),
    refused: guarded.mutation(() => {
      throw new TRPCError({ code: 'NOT_FOUND', message: 'nothing', cause: new RangeError('inner') });
    }),
    failed: guarded.mutation(async () => {
      await Promise.resolve();
      throw new RangeError('unknown');
    }),
    wrong: guarded.output(z.object({ count: z.number() })).query(() => ({ count: 'many' }) as never),
    numbers: guarded.input(z.object({ count: z.number() })).subscription(async function* numbers({ ctx, input }) {
      yield ctx.caller;
      for (let number = 0; number < input.count; number += 1) yield number;
      if (input.count === 0) throw new RangeError('no number');
    }),
  });
}

const plain = createRouter();
const composed = composeMiddlewares(createRouter());
const procedures = proceduresOf(composed);
const uncomposed = proceduresOf(plain);

const NAMES = [...procedures.keys()];
const INPUTS = [
  undefined,
  null,
  {},
  'a',
  'ab',
  [],
  { count: 2 },
  { count: 0, text: 'x' },
  { count: '2', text: 1 },
  { count: 1, more: { a: [1] } },
];
const CALLS = NAMES.flatMap((name) => INPUTS.flatMap((input) => ['key', null].map((key) => ({ name, input, key }))));

/** What came of a call: its data, the values of a stream, or the failure as tRPC has it. */
async function outcomeOf(call: () => Promise<unknown>): Promise<unknown> {
  const values: unknown[] = [];
  try {
    const data = await call();
    if (!isStream(data)) return { data };
    for await (const value of data) values.push(value);
    return { values };
  } catch (thrown) {
    const isPlain = !(thrown instanceof TRPCError);
    const { message, cause } = isPlain ? { message: (thrown as Error).message, cause: thrown } : thrown;
    const issues = cause instanceof z.ZodError ? cause.issues : undefined;
    const code = isPlain ? 'INTERNAL_SERVER_ERROR' : thrown.code;
    return { values, code, message, cause: (cause as Error | undefined)?.name, issues };
  }
}

function isStream(data: unknown): data is AsyncIterable<unknown> {
  return typeof data === 'object' && data !== null && Symbol.asyncIterator in data;
}

function throughCaller(router: typeof plain, name: string, key: string | null, input: unknown): Promise<unknown> {
  const caller = router.createCaller({ key }) as unknown as Record<string, (input: unknown) => Promise<unknown>>;
  return outcomeOf(() => caller[name]!(input));
}

describe('the same procedures, composed and not', () => {
  it.each(CALLS)(
    'give the same outcome, context and error: $name of $input with $key',
    async ({ name, input, key }) => {
      const expected = await throughCaller(plain, name, key, input);
      expect(await throughCaller(composed, name, key, input)).toEqual(expected);
      // As the REST routes call them.
      expect(await outcomeOf(() => procedures.get(name)!.call({ key }, input))).toEqual(expected);
      expect(await outcomeOf(() => uncomposed.get(name)!.call({ key }, input))).toEqual(expected);
    },
  );

  it('give the same outcome for any input', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...NAMES), fc.jsonValue(), async (name, input) => {
        const expected = await throughCaller(plain, name, 'key', input);
        expect(await throughCaller(composed, name, 'key', input)).toEqual(expected);
      }),
    );
  });

  it.each(CALLS.filter(({ input }) => input !== undefined))(
    'answer the same over HTTP: $name of $input with $key',
    async ({ name, input, key }) => {
      const answerOf = async (router: typeof plain): Promise<[number, string]> => {
        const isMutation = procedures.get(name)!.type === 'mutation';
        const query = isMutation ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
        const req = new Request(`http://localhost/${name}${query}`, {
          method: isMutation ? 'POST' : 'GET',
          headers: { 'content-type': 'application/json' },
          ...(isMutation && { body: JSON.stringify(input) }),
        });
        const response = await fetchRequestHandler({ router, endpoint: '/', req, createContext: () => ({ key }) });
        return [response.status, await response.text()];
      };
      expect(await answerOf(composed)).toEqual(await answerOf(plain));
    },
  );
});

it('covers answers, refusals of each middleware, wrong inputs, failures and streams', async () => {
  const outcomes = await Promise.all(CALLS.map(({ name, input, key }) => throughCaller(plain, name, key, input)));
  const codes = new Set(outcomes.map((outcome) => (outcome as { code?: string }).code));
  expect([...codes].toSorted()).toEqual([
    'BAD_REQUEST',
    'CONFLICT',
    'INTERNAL_SERVER_ERROR',
    'NOT_FOUND',
    'UNAUTHORIZED',
    undefined,
  ]);
  expect(outcomes).toContainEqual({ values: ['KEY', 0, 1] });
  expect(outcomes).toContainEqual(expect.objectContaining({ values: ['KEY'], message: 'no number' }));
});

it('makes one middleware of all those of a procedure', async () => {
  const middlewares = (router: typeof plain) => router._def.procedures.between._def as unknown as { middlewares: [] };
  expect(middlewares(plain).middlewares).toHaveLength(4);
  expect(middlewares(composed).middlewares).toHaveLength(1);
});
