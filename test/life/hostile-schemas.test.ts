import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO, postChat } from '../support/rest-request.ts';

// Bodies of some kilobytes whose checks take for ever, or more memory than there is: the server answers others meanwhile.

let app: AppResource;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const object = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });
const entries = (count: number, make: (index: number) => unknown): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, make(index)]));
const doubling = Object.fromEntries(
  Array.from({ length: 41 }, (_, level) => {
    const before = { $ref: `#/$defs/a${level - 1}` };
    return [`a${level}`, level === 0 ? { type: 'string' } : { allOf: [before, before] }];
  }),
);
let deep: object = {};
for (let level = 0; level < 60; level += 1) deep = { next: deep };

const NOT_CHECKED = 'the answer could not be checked against the schema: that takes too long or too much memory';

/** A schema, what Claude answers, how many choices are asked for, and what is told of the check. */
const BODIES: [name: string, schema: object, answer: object, n: number, told: string[]][] = [
  ['definitions that double', object({ x: { $ref: '#/$defs/a40' } }, { $defs: doubling }), { x: 1 }, 1, [NOT_CHECKED]],
  [
    'two branches of recursion, and an answer 60 deep',
    {
      anyOf: [
        object({ next: { $ref: '#' } }, { required: ['a'] }),
        object({ next: { $ref: '#' } }, { required: ['b'] }),
      ],
    },
    deep,
    1,
    [NOT_CHECKED],
  ],
  [
    '200 references to 500 properties',
    object(
      entries(200, () => ({ $ref: '#/$defs/d' })),
      { $defs: { d: object(entries(500, () => ({ type: 'string' }))) } },
    ),
    { p0: { p1: 'x' } },
    1,
    [],
  ],
  [
    'a pattern that backtracks, in 128 answers',
    object({ x: { type: 'string', pattern: '^(a+)+$' } }),
    { x: `${'a'.repeat(60)}b` },
    128,
    [NOT_CHECKED],
  ],
];

describe.each([
  ['whole', false, BODIES],
  // The answers are checked by the same threads; many of them are the hardest.
  ['streamed', true, BODIES.filter(([, , , n]) => n > 1)],
] as const)('%s', (_way, stream, bodies) => {
  test.each(bodies)('%s', async (_name, schema, answer, n, told) => {
    app.fake.replyWith(() => ({ message: { content: [{ type: 'text', text: JSON.stringify(answer) }] } }));
    const format = { type: 'json_schema', json_schema: { name: 'a', schema } };
    // What the first request loads and compiles says nothing.
    await (await postChat(app, { ...HELLO, stream, n })).text();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const started = performance.now();
    const response = await postChat(app, { ...HELLO, stream, n, response_format: format });
    const text = await response.text();
    delay.disable();
    expect(response.status).toBe(200);
    for (const message of told) expect(text).toContain(message);
    expect(text.includes('could not be checked')).toBe(told.length > 0);
    expect(performance.now() - started).toBeLessThan(8000);
    // 50 ms on a machine with nothing else to do; without a thread it is a second for each answer, or for ever.
    expect(delay.max / 1e6).toBeLessThan(400);
  });
});

test('other answers are checked while one takes too long', async () => {
  const slow = { type: 'json_schema', json_schema: { name: 'a', schema: BODIES[3]![1] } };
  const plain = { type: 'json_schema', json_schema: { name: 'a', schema: object({ x: { maxLength: 3 } }) } };
  app.fake.replyWith(() => ({ message: { content: [{ type: 'text', text: JSON.stringify(BODIES[3]![2]) }] } }));
  let isOver = false;
  const first = postChat(app, { ...HELLO, response_format: slow }).then((response) => {
    isOver = true;
    return response.text();
  });
  const second = await (await postChat(app, { ...HELLO, response_format: plain })).text();
  expect(isOver).toBe(false);
  expect(second).toContain('the answer breaks the schema: /x: must NOT have more than 3 characters');
  expect(await first).toContain(NOT_CHECKED);
});
