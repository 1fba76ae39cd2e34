import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';
import { type Frame, openRaw } from '../trpc/socket-client.ts';

let app: AppResource;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const request = (more: string): string => `{"model":"${HELLO.model}",${more}}`;
const times = (count: number, text: string): string => Array(count).fill(text).join(',');
const HELLO_MESSAGES = '"messages":[{"role":"user","content":"x"}]';

const TOO_MUCH: [string, string, string | null][] = [
  ['empty messages', request(`"messages":[${times(300_000, '{}')}]`), 'messages'],
  ['numbers for messages', request(`"messages":[${times(3_000_000, '1')}]`), 'messages'],
  ['empty parts', request(`"messages":[{"role":"user","content":[${times(300_000, '{}')}]}]`), 'messages'],
  ['calls', request(`"messages":[{"role":"assistant","tool_calls":[${times(200_000, '{}')}]}]`), 'messages'],
  ['tools', request(`${HELLO_MESSAGES},"tools":[${times(100_000, '{}')}]`), 'tools'],
  ['brackets', request(`${HELLO_MESSAGES},"x":${'['.repeat(5_000_000)}${']'.repeat(5_000_000)}`), null],
  ['open brackets', '['.repeat(10_000_000), null],
  ['objects', request(`${HELLO_MESSAGES},"x":[${times(2_000_000, '{}')}]`), null],
  [
    'fields',
    request(`${HELLO_MESSAGES},${Array.from({ length: 100_000 }, (_, index) => `"f${index}":1`).join(',')}`),
    null,
  ],
];

describe.each(TOO_MUCH)('millions of %s', (_name, body, param) => {
  test('are refused over REST, tRPC and WebSocket, before they are looked at one by one', async () => {
    const started = performance.now();
    const response = await postChat(app, body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', param });

    const refused = { httpStatus: 400, error: { type: 'invalid_request_error', param } };
    const overHttp = await fetch(`${app.url}/trpc/chat.complete`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${app.apiKey}` },
      body: `{"json":${body}}`,
    });
    expect(await overHttp.json()).toMatchObject({ error: { json: { data: refused } } });

    await using raw = await openRaw(app);
    raw.socket.send(`{"id":1,"method":"mutation","params":{"path":"chat.complete","input":{"json":${body}}}}`);
    await expect.poll(() => raw.frames.length, { timeout: 10_000 }).toBeGreaterThan(0);
    const frame = raw.frames.find((each): each is Frame => typeof each !== 'string');
    expect(frame?.error?.json.data).toMatchObject({ httpStatus: 400, error: { type: 'invalid_request_error' } });

    expect(app.fake.requests).toEqual([]);
    // One of them alone took half a minute. This machine may be busy.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

test('as many as a long conversation has are fine, and brackets inside of strings are text', async () => {
  const turn = '{"role":"user","content":"[[[[{{{{\\\\\\"[["},{"role":"assistant","content":"]"}';
  const response = await postChat(
    app,
    request(`"messages":[${times(20_000, turn)},{"role":"user","content":"${'['.repeat(2_000_000)}"}]`),
  );
  expect(response.status).toBe(200);
});

test("tRPC's HTTP door reads compressed bodies and tells what it can't read in its own shape", async () => {
  const post = (body: Uint8Array<ArrayBuffer> | string, encoding: string): Promise<Response> =>
    fetch(`${app.url}/trpc/chat.complete`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-encoding': encoding,
        authorization: `Bearer ${app.apiKey}`,
      },
      body,
    });
  const packed = await post(Uint8Array.from(gzipSync(JSON.stringify({ json: HELLO }))), 'gzip');
  expect(await packed.json()).toMatchObject({ result: { data: { json: { object: 'chat.completion' } } } });
  const broken = await post('nonsense', 'gzip');
  expect(broken.status).toBe(400);
  expect(await broken.json()).toMatchObject({
    error: { json: { data: { httpStatus: 400, requestId: expect.any(String) as string } } },
  });
});
