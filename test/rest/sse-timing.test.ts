import { setImmediate as immediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { contentOf, errorOf, HELLO, parseSse, postChat } from '../support/rest-request.ts';

let app: AppResource;
beforeEach(async () => {
  // A server for each test: a connection that is kept must not outlive the clock that it was opened under.
  app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  // The sockets stay real: only the server's own clocks are ours.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await app[Symbol.asyncDispose]();
});

const STREAM = { ...HELLO, stream: true } as const;
const BLOCK = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hel' } };
const REST = [
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];
const START = { type: 'message_start', message: { model: 'claude-sonnet-5-5', usage: { input_tokens: 3 } } };

/** A point in a script that is passed when the test says so. */
function createGate(): { wait: () => Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { wait: () => opened, open };
}

/** The text of an answer as it arrives. */
class Reading {
  text = '';
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();

  constructor(response: Response) {
    this.#reader = response.body!.getReader();
  }

  /** Reads on until the text holds this, or to the end. */
  async until(part?: string): Promise<string> {
    while (part === undefined || !this.text.includes(part)) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      this.text += this.#decoder.decode(value, { stream: true });
    }
    return this.text;
  }
}

/** Lets what is on its way over loopback arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await immediate();
}

/** The count-th request for a message since now. */
function nextUpstream(): ReturnType<AppResource['fake']['waitForRequest']> {
  const count = app.fake.requests.filter(({ path }) => path === '/v1/messages').length;
  return app.fake.waitForRequest(count + 1);
}

test('a comment goes out after each 15 s of silence, and not sooner', async () => {
  const gate = createGate();
  app.fake.reply({ events: [START, BLOCK, gate.wait, ...REST] });
  const reading = new Reading(await postChat(app, STREAM));
  await reading.until('Hel');
  await vi.advanceTimersByTimeAsync(14_900);
  await settle();
  expect(reading.text).not.toContain(': keep-alive');
  await vi.advanceTimersByTimeAsync(200);
  await reading.until(': keep-alive\n\n');
  await vi.advanceTimersByTimeAsync(15_000);
  await reading.until(': keep-alive\n\n: keep-alive\n\n');
  gate.open();
  const { chunks, comments, done } = parseSse(await reading.until());
  expect([contentOf(chunks), comments.length, done]).toEqual(['Hello', 2, true]);
});

test('our own client, which gives up silent connections, gets a comment after each 5 s', async () => {
  const gate = createGate();
  app.fake.reply({ events: [START, BLOCK, gate.wait, ...REST] });
  const reading = new Reading(await postChat(app, STREAM, { headers: { 'x-trestle-client': '1' } }));
  await reading.until('Hel');
  await vi.advanceTimersByTimeAsync(10_000);
  await reading.until(': keep-alive\n\n: keep-alive\n\n');
  gate.open();
  expect(parseSse(await reading.until())).toMatchObject({ comments: { length: 2 }, done: true });
});

test('what is sent puts the comment off', async () => {
  const [first, second] = [createGate(), createGate()];
  app.fake.reply({ events: [START, BLOCK, first.wait, REST[0]!, second.wait, ...REST.slice(1)] });
  const reading = new Reading(await postChat(app, STREAM));
  await reading.until('Hel');
  await vi.advanceTimersByTimeAsync(10_000);
  first.open();
  await reading.until('"lo"');
  await vi.advanceTimersByTimeAsync(10_000);
  await settle();
  second.open();
  expect(parseSse(await reading.until())).toMatchObject({ comments: [], done: true });
});

test('no comment comes after the end, and no clock is left running', async () => {
  const set = vi.spyOn(globalThis, 'setInterval');
  const clear = vi.spyOn(globalThis, 'clearInterval');
  const response = await postChat(app, STREAM);
  expect(parseSse(await response.text()).done).toBe(true);
  await settle();
  expect(set.mock.results.length).toBeGreaterThan(0);
  for (const { value } of set.mock.results) expect(clear.mock.calls.flat()).toContain(value);
});

test('headers wait for the first content, 10 s at most', async () => {
  const gate = createGate();
  app.fake.reply({ events: [START, { type: 'ping' }, gate.wait, BLOCK, ...REST] });
  let answered = false;
  const upstream = nextUpstream();
  const pending = postChat(app, STREAM).then((response) => {
    answered = true;
    return response;
  });
  await upstream;
  await vi.advanceTimersByTimeAsync(9900);
  await settle();
  expect(answered).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  const response = await pending;
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');

  const reading = new Reading(response);
  await vi.advanceTimersByTimeAsync(15_000);
  await reading.until(': keep-alive');
  gate.open();
  const { chunks, done } = parseSse(await reading.until());
  expect([chunks[0]!.choices[0]!.delta.role, contentOf(chunks), done]).toEqual(['assistant', 'Hello', true]);
});

test('a failure within the hold keeps its status, one after it is an event', async () => {
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'x' } };
  for (const heldFor of [9000, 11_000]) {
    const gate = createGate();
    app.fake.reply({ events: [START, gate.wait, overloaded] });
    const upstream = nextUpstream();
    const pending = postChat(app, STREAM);
    await upstream;
    await vi.advanceTimersByTimeAsync(heldFor);
    gate.open();
    const response = await pending;
    if (heldFor < 10_000) {
      expect([response.status, (await errorOf(response)).code]).toEqual([503, 'overloaded']);
    } else {
      const text = await new Reading(response).until('event: error\n\n');
      // The connection is cut a moment later.
      await vi.advanceTimersByTimeAsync(200);
      expect([response.status, text.includes('[DONE]')]).toEqual([200, false]);
      expect(parseSse(text).chunks).toMatchObject([{ error: { code: 'overloaded', type: 'server_error' } }]);
    }
  }
});

test('a caller that leaves during the hold is seen upstream', async () => {
  app.fake.reply({ events: [START, () => new Promise<void>(() => undefined)] });
  const leaving = new AbortController();
  const upstream = nextUpstream();
  const pending = postChat(app, STREAM, { signal: leaving.signal });
  const request = await upstream;
  leaving.abort();
  await expect(pending).rejects.toThrow('aborted');
  await request.closed;
  expect(request.finished).toBe(false);
});
