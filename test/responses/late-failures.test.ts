import { setImmediate as immediate } from 'node:timers/promises';
import OpenAI from 'openai-7';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { gate } from '../support/word-stream.ts';
import { eventsIn, model, post } from './responses-client.ts';

// A stream whose status went out before Claude refused it says so by the event that clients end with.

let app: AppResource;
beforeEach(async () => {
  app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  // The sockets stay real: only the server's own clocks are ours.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await app[Symbol.asyncDispose]();
});

/** Has Claude answer so after the status went out. */
async function late<T>(status: number, type: string, message: string, ask: () => Promise<T>): Promise<T> {
  const { opened, open } = gate();
  app.fake.replyWith(async () => {
    await opened;
    return { status, body: { type: 'error', error: { type, message } }, headers: { 'retry-after': '12' } };
  });
  const arrived = app.fake.waitForRequest();
  const pending = ask();
  await arrived;
  for (let turn = 0; turn < 50; turn += 1) await immediate();
  await vi.advanceTimersByTimeAsync(10_100);
  for (let turn = 0; turn < 50; turn += 1) await immediate();
  open();
  return await pending;
}

test.each([
  [400, 'invalid_request_error', 'prompt is too long: 9 tokens > 8 maximum', 'context_length_exceeded'],
  [400, 'invalid_request_error', 'messages: something is off', 'invalid_prompt'],
  [400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API', 'insufficient_quota'],
  [429, 'rate_limit_error', 'Too many', 'rate_limit_exceeded'],
  [529, 'overloaded_error', 'Overloaded', 'server_error'],
  [500, 'api_error', 'x', 'server_error'],
])('%i %s: %s', async (status, type, message, code) => {
  const response = await late(status, type, message, () => post(app, { input: 'Hello', stream: true }));
  expect(response.status).toBe(200);
  const events = eventsIn(await response.text());
  expect(events.map((event) => [event.type, event.sequence_number])).toEqual([
    ['response.created', 0],
    ['response.in_progress', 1],
    ['response.failed', 2],
  ]);
  expect(events[2]).toMatchObject({
    response: {
      id: expect.stringMatching(/^resp_/),
      object: 'response',
      status: 'failed',
      model,
      output: [],
      error: { code, message: expect.any(String) },
    },
  });
  const { error } = (events[2] as { response: { error: { message: string } } }).response;
  if (status === 429) expect(error.message).toContain('Please try again in 12s.');
});

test('OpenAI’s client reads it as a response that failed', async () => {
  const openai = new OpenAI({ apiKey: app.apiKey, baseURL: `${app.url}/v1`, maxRetries: 0 });
  const stream = await late(500, 'api_error', 'x', () =>
    openai.responses.create({ model, input: 'Hello', stream: true }),
  );
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  expect(types).toEqual(['response.created', 'response.in_progress', 'response.failed']);
});
