import { setImmediate as immediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { gate } from '../support/word-stream.ts';
import { HELLO, post, sseOf, WHOLE } from './messages-client.ts';

// A stream in which Claude is silent has Claude's own kind of event for that, between whole events alone.

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

const PING = 'event: ping\ndata: {"type": "ping"}\n\n';
const STREAM = { ...HELLO, stream: true };
const EVENTS = WHOLE.split(/(?<=\n\n)/)
  .filter((raw) => !raw.startsWith('event: ping'))
  .map((raw) => JSON.parse(/^data: (.*)$/m.exec(raw)![1]!) as object);

/** Lets what is on its way over loopback arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await immediate();
}

/** Reads a stream up to a text, or to its end. */
function readingOf(response: Response): (end?: string) => Promise<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return async (end) => {
    while (end === undefined || !text.endsWith(end)) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
    }
    return text;
  };
}

test('a ping goes out after each 15 s, and what Claude sends stays as it was', async () => {
  const { opened, open } = gate();
  app.fake.reply({ events: [...EVENTS.slice(0, 3), () => opened, ...EVENTS.slice(3)] });
  const begun = sseOf(EVENTS.slice(0, 3));
  const read = readingOf(await post(app, STREAM));
  expect(await read(begun)).toBe(begun);
  await vi.advanceTimersByTimeAsync(14_900);
  await settle();
  await vi.advanceTimersByTimeAsync(200);
  expect(await read(PING)).toBe(begun + PING);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await read(PING + PING)).toBe(begun + PING + PING);
  open();
  expect(await read()).toBe(begun + PING + PING + sseOf(EVENTS.slice(3)));
});

test('a stream that has not begun after 10 s has its status and pings, and then the whole of Claude’s events', async () => {
  const { opened, open } = gate();
  app.fake.reply({ events: [...EVENTS.slice(0, 1), () => opened, ...EVENTS.slice(1)] });
  const arrived = app.fake.waitForRequest();
  const pending = post(app, STREAM);
  await arrived;
  await settle();
  await vi.advanceTimersByTimeAsync(10_100);
  const response = await pending;
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  const read = readingOf(response);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await read(PING)).toBe(PING);
  open();
  expect(await read()).toBe(PING + sseOf(EVENTS));
});

test('a refusal after the status went out is an error event in Claude’s words, and the connection is cut', async () => {
  const { opened, open } = gate();
  const refusal = {
    type: 'error',
    error: { type: 'invalid_request_error', message: 'prompt is too long: 9 tokens > 8 maximum' },
    request_id: 'req_1',
  };
  app.fake.replyWith(async () => {
    await opened;
    // Written over several lines, of which an event can have one.
    return { status: 400, body: JSON.stringify(refusal, null, 2) };
  });
  const arrived = app.fake.waitForRequest();
  const pending = post(app, STREAM);
  await arrived;
  await settle();
  await vi.advanceTimersByTimeAsync(10_100);
  const response = await pending;
  open();
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  expect(value).toMatch(/^event: error\ndata: .*\n\n$/);
  expect(JSON.parse(value!.slice(value!.indexOf('{')))).toEqual(refusal);
  await vi.advanceTimersByTimeAsync(1000);
  await expect(reader.read()).rejects.toThrow();
});
