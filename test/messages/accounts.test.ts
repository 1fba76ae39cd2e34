import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { BEGUN } from '../support/begun-answer.ts';
import { eventually } from '../support/eventually.ts';
import { claudeCalls } from '../support/word-stream.ts';
import { HELLO, model, post, sseOf, WHOLE } from './messages-client.ts';

// What Claude bills is counted and logged, however a message ends, and what may pass is tried again.

let app: AppResource;
beforeEach(async () => {
  app = await startApp({ environment: { LOG_LEVEL: 'info' } });
});
afterEach(() => app[Symbol.asyncDispose]());

const STREAM = { ...HELLO, stream: true };
const START = WHOLE.slice(0, WHOLE.indexOf('event: ping'));
const OVERLOADED = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };

/** The line of the log for the only message, as soon as it is there. */
async function logged(): Promise<Record<string, unknown>> {
  const lines = (): AppResource['logs'] => app.logs.filter(({ route }) => route === '/v1/messages');
  await eventually(() => expect(lines()).toHaveLength(1), { interval: 5 });
  return lines()[0]!;
}

async function counted(name: string): Promise<number> {
  const metrics = await (await fetch(`${app.url}/metrics`, { headers: { 'x-api-key': app.apiKey } })).text();
  const line = metrics.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

const PROMPT = 'trestle_tokens_total{kind="prompt"}';
const COMPLETION = 'trestle_tokens_total{kind="completion"}';

describe('the tokens are counted and logged of', () => {
  test('a whole message', async () => {
    app.fake.reply({ message: { usage: { input_tokens: 3, output_tokens: 7 } } });
    expect((await post(app, HELLO)).status).toBe(200);
    expect(await logged()).toMatchObject({ status: 200, model, promptTokens: 3, completionTokens: 7 });
    expect([await counted(PROMPT), await counted(COMPLETION)]).toEqual([3, 7]);
  });

  test('a stream that breaks', async () => {
    app.fake.reply({ sse: WHOLE.slice(0, WHOLE.indexOf('event: content_block_stop')), cut: 'reset' });
    await expect((await post(app, STREAM)).text()).rejects.toThrow();
    expect(await logged()).toMatchObject({ status: 502, model, promptTokens: 3, completionTokens: 1 });
    expect([await counted(PROMPT), await counted(COMPLETION)]).toEqual([3, 1]);
  });

  test('a stream that ends with an error of Claude’s, which the log has too', async () => {
    const error = sseOf([OVERLOADED]);
    app.fake.reply({ sse: WHOLE.slice(0, WHOLE.indexOf('event: content_block_stop')) + error });
    expect(await (await post(app, STREAM)).text()).toContain(error);
    expect(await logged()).toMatchObject({ status: 503, code: 'overloaded', model, promptTokens: 3 });
    expect(await counted(PROMPT)).toBe(3);
  });

  test('a stream whose caller leaves', async () => {
    app.fake.reply(BEGUN);
    const caller = new AbortController();
    const response = await post(app, STREAM, { signal: caller.signal });
    await response.body!.getReader().read();
    caller.abort();
    expect(await logged()).toMatchObject({ status: 499, model: 'claude-haiku-4-5', promptTokens: 1 });
    expect(await counted(PROMPT)).toBe(1);
  });
});

test('a whole message whose caller leaves has Claude stop', async () => {
  app.fake.reply({ hang: true });
  const caller = new AbortController();
  const pending = post(app, HELLO, { signal: caller.signal });
  const request = await app.fake.waitForRequest();
  caller.abort();
  await expect(pending).rejects.toThrow();
  await request.closed;
  expect(request.finished).toBe(false);
});

describe('before any content', () => {
  const again = { 'retry-after': '0' };

  test.each([
    ['a status that may pass', { status: 529, body: OVERLOADED, headers: again }],
    ['a connection that is reset', { reset: true } as const],
    ['an error in a stream that has begun', { sse: START + sseOf([OVERLOADED]) }],
    ['a stream that is cut', { sse: START, cut: 'reset' } as const],
  ])('%s is tried again, and its caller sees nothing of it', async (_name, answer) => {
    app.fake.reply(answer);
    app.fake.reply({ sse: WHOLE });
    const response = await post(app, STREAM);
    expect([response.status, await response.text()]).toEqual([200, WHOLE]);
    expect(claudeCalls(app)).toBe(2);
    expect(await counted('trestle_upstream_retries_total')).toBe(1);
  });

  test('what will not pass is not tried again', async () => {
    app.fake.reply({ status: 400, body: { type: 'error', error: { type: 'invalid_request_error', message: 'no' } } });
    expect((await post(app, STREAM)).status).toBe(400);
    expect(claudeCalls(app)).toBe(1);
  });
});
