import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { MODEL, postChat, readSse, textOf } from './post-chat.ts';

const START = { type: 'message_start', message: { id: 'msg_1', model: MODEL, usage: { input_tokens: 1 } } };
const OPEN = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
const delta = (text: string): object => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text },
});
const END = [
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];
const never = (): Promise<void> => new Promise(() => undefined);
const after = (milliseconds: number) => (): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds));

const TIMED_OUT = { type: 'server_error', code: 'upstream_timeout', param: null };

describe.each([{ stream: false }, { stream: true }])('with stream: $stream', (fields) => {
  it('answers 504 when Claude does not answer within TRESTLE_UPSTREAM_TIMEOUT_MS', async () => {
    await using app = await startApp({ environment: { TRESTLE_UPSTREAM_TIMEOUT_MS: '80' } });
    app.fake.reply({ hang: true });
    const response = await postChat(app, fields);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: TIMED_OUT });
    const request = await app.fake.waitForRequest();
    await request.closed;
    expect(request.finished).toBe(false);
    expect(app.fake.requests).toHaveLength(1);
  });

  it('answers 504 when the connection to Claude does not come to stand', async () => {
    // Takes connections and never speaks TLS.
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    try {
      await using app = await startApp({
        environment: { ANTHROPIC_BASE_URL: `https://127.0.0.1:${port}`, TRESTLE_UPSTREAM_TIMEOUT_MS: '80' },
      });
      const startedAt = performance.now();
      const response = await postChat(app, fields);
      expect(response.status).toBe(504);
      expect(performance.now() - startedAt).toBeLessThan(3000);
    } finally {
      silent.close();
    }
  });
});

it('answers 504 when only the body of a JSON answer does not come', async () => {
  await using app = await startApp({ environment: { TRESTLE_UPSTREAM_TIMEOUT_MS: '80' } });
  app.fake.reply({ events: [START, never] });
  const response = await postChat(app);
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({ error: TIMED_OUT });
});

it('answers 504 when a stream has no content before it falls silent', async () => {
  await using app = await startApp({ environment: { TRESTLE_IDLE_TIMEOUT_MS: '80' } });
  app.fake.reply({ events: [START, never] });
  const response = await postChat(app, { stream: true });
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({ error: TIMED_OUT });
});

it('breaks off a stream with an error, and without [DONE], when Claude is silent for TRESTLE_IDLE_TIMEOUT_MS', async () => {
  await using app = await startApp({ environment: { TRESTLE_IDLE_TIMEOUT_MS: '80' } });
  app.fake.reply({ events: [START, OPEN, delta('Half'), never] });
  const response = await postChat(app, { stream: true });
  expect(response.status).toBe(200);
  const data = await readSse(response);
  expect(textOf(data)).toBe('Half');
  expect(data.at(-1)).toMatchObject({ error: TIMED_OUT });
  const request = await app.fake.waitForRequest();
  await request.closed;
  expect(request.finished).toBe(false);
});

it('lets a stream take much longer than the limits as long as something comes, be it a ping', async () => {
  await using app = await startApp({
    environment: { TRESTLE_IDLE_TIMEOUT_MS: '250', TRESTLE_UPSTREAM_TIMEOUT_MS: '250' },
  });
  const pause = after(60);
  const slow = Array.from({ length: 8 }, () => [pause, { type: 'ping' }, delta('.')]).flat();
  app.fake.reply({ events: [START, OPEN, ...slow, ...END] });
  const data = await readSse(await postChat(app, { stream: true }));
  expect([textOf(data), data.at(-1)]).toEqual(['........', '[DONE]']);
});

it('does not take a slow reader for a silent Claude, and still notices a silent Claude afterwards', async () => {
  const IDLE_MS = 400;
  await using app = await startApp({ environment: { TRESTLE_IDLE_TIMEOUT_MS: String(IDLE_MS) } });
  const large = delta('x'.repeat(64 * 1024));
  // More than all the buffers between Claude and the reader can hold.
  app.fake.reply({ events: [START, OPEN, ...Array.from({ length: 512 }, () => large), never] });
  const { url, apiKey } = app;
  const body = JSON.stringify({ model: MODEL, stream: true, messages: [{ role: 'user', content: 'Hello' }] });
  const sent = httpRequest(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
  }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  await after(IDLE_MS * 4)();
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  // A broken stream is cut.
  await expect(once(response, 'end')).rejects.toThrow('aborted');
  expect(text.match(/x{65536}/g)).toHaveLength(512);
  expect(text).toContain('"code":"upstream_timeout"');
  expect(text).not.toContain('[DONE]');
});
