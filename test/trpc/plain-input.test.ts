import { monitorEventLoopDelay } from 'node:perf_hooks';
import { serialize } from 'superjson';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO } from '../support/rest-request.ts';
import { type Frame, openRaw } from './socket-client.ts';

let app: AppResource;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app[Symbol.asyncDispose]());

/** What superjson would make of each of these takes a process down, or is no JSON. */
const HOSTILE: [string, unknown][] = [
  ['a typed array of 1 GB', { json: { length: 1e9 }, meta: { values: [['typed-array', 'Uint8Array']] } }],
  ['one deeper down', { json: { a: { length: 1e9 } }, meta: { values: { a: [['typed-array', 'Float64Array']] } } }],
  ['a class', { json: {}, meta: { values: [['class', 'Anything']] } }],
  ['a symbol', { json: 'x', meta: { values: [['symbol', 'x']] } }],
  ['a custom type', { json: {}, meta: { values: [['custom', 'x']] } }],
  ['a regular expression', { json: '/^(a+)+$/', meta: { values: ['regexp'] } }],
  ['a map', { json: [[1, 2]], meta: { values: ['map'] } }],
  ['a set inside', { json: { messages: [1] }, meta: { values: { messages: ['set'] } } }],
  ['a URL', { json: { model: 'http://x' }, meta: { values: { model: ['URL'] } } }],
  ['a number of a million digits', { json: { seed: '7'.repeat(1e6) }, meta: { values: { seed: ['bigint'] } } }],
  ['an object inside itself', { json: { a: null }, meta: { referentialEqualities: [['a']] } }],
  ['an object inside a part of itself', { json: { a: { b: null } }, meta: { referentialEqualities: { a: ['a.b'] } } }],
  [
    'a thousand values and one',
    {
      json: {},
      meta: { values: Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`k${index}`, ['undefined']])) },
    },
  ],
  [
    'a path of a million names',
    { json: {}, meta: { values: { [Array(500_000).fill('a').join('.')]: ['undefined'] } } },
  ],
];

/** The error's data of a call over HTTP. */
async function overHttp(input: unknown, apiKey: string): Promise<unknown> {
  const response = await fetch(`${app.url}/trpc/chat.complete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify(input),
  });
  const body = (await response.json()) as { error: { json: { data: unknown } } };
  return body.error.json.data;
}

async function overSocket(input: unknown): Promise<unknown> {
  await using raw = await openRaw(app);
  raw.send({ id: 1, method: 'mutation', params: { path: 'chat.complete', input } });
  await expect.poll(() => raw.frames.length).toBeGreaterThan(0);
  return (raw.frames.find((frame) => typeof frame !== 'string') as Frame).error!.json.data;
}

test.each(HOSTILE)('%s is refused before superjson revives it, at each door', async (_name, input) => {
  const [before, delay] = [process.memoryUsage.rss(), monitorEventLoopDelay({ resolution: 5 })];
  delay.enable();
  const refused = { httpStatus: 400, error: { type: 'invalid_request_error' } };
  expect(await overSocket(input)).toMatchObject(refused);
  expect(await overHttp(input, app.apiKey)).toMatchObject(refused);
  delay.disable();
  expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 1024 * 1024);
  expect(delay.max / 1e6).toBeLessThan(1000);
  expect(app.fake.requests).toEqual([]);
});

test('nothing is read of a caller without a key', async () => {
  const [, input] = HOSTILE[0]!;
  expect(await overHttp(input, 'wrong')).toMatchObject({ httpStatus: 401, requestId: expect.stringMatching(/^req_/) });
});

test('what a typed client leaves undefined is revived, and what it uses twice stands in both places', async () => {
  const parameters = { type: 'object', properties: { n: { type: 'integer' } } };
  const tools = ['a', 'b'].map((name) => ({ type: 'function', function: { name, parameters } }));
  const input = { ...HELLO, tools, temperature: undefined, 'odd.name': undefined };
  const response = await fetch(`${app.url}/trpc/chat.complete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${app.apiKey}` },
    body: JSON.stringify(serialize(input)),
  });
  expect(response.status).toBe(200);
  const sent = app.fake.requests.at(-1)!.body as { tools: { input_schema: { properties: object } }[] };
  expect(sent.tools.map(({ input_schema }) => input_schema.properties)).toEqual([
    parameters.properties,
    parameters.properties,
  ]);
});
