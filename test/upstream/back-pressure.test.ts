import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import { type Flood, flood, stoodStill } from '../support/flood.ts';
import { words } from '../support/word-stream.ts';
import { openRaw } from '../trpc/socket-client.ts';
import { MODEL } from './post-chat.ts';

const MEGABYTE = 1024 * 1024;
const PIECES = 3000;
const REQUEST = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] };
/** What the kernel holds for two connections, and then some. */
const ON_THE_WAY = 24 * MEGABYTE;

/** Has Claude answer with 47 MB, as fast as it is read. */
function answerLong({ fake }: AppResource): Flood {
  const state = flood(MODEL, PIECES);
  fake.reply(state.answer);
  return state;
}

/** The server's side of each connection. */
function serverSockets({ app }: AppResource): Socket[] {
  const sockets: Socket[] = [];
  app.http.server.on('connection', (socket) => sockets.push(socket));
  return sockets;
}

function bufferedBy(sockets: readonly Socket[]): number {
  return sockets.reduce((sum, socket) => sum + socket.writableLength, 0);
}

it('makes Claude wait when a reader of server-sent events stops reading, and goes on with it', async () => {
  await using app = await startApp();
  const state = answerLong(app);
  const sockets = serverSockets(app);
  const sent = httpRequest(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${app.apiKey}` },
  }).end(JSON.stringify({ ...REQUEST, stream: true }));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.pause();

  expect(await stoodStill(state)).toBeLessThan(ON_THE_WAY);
  expect(bufferedBy(sockets)).toBeLessThan(MEGABYTE / 4);
  expect(app.fake.openStreams).toBe(1);

  let letters = 0;
  let tail = '';
  for await (const chunk of response.setEncoding('latin1')) {
    const text = chunk as string;
    letters += text.replaceAll(/[^x]/g, '').length;
    tail = (tail + text).slice(-100);
  }
  expect(tail).toMatch(/data: \[DONE\]\n\n$/);
  expect(letters).toBeGreaterThanOrEqual(state.size);
  expect(state.written).toBe(state.size);
});

it('hands a kept answer out no faster than it is read, however many chunks there are of it', async () => {
  await using app = await startApp({ environment: { TRESTLE_REPLAY_BYTES: String(16 * MEGABYTE) } });
  // On the wire each chunk is hundreds of bytes, 17 MB in all.
  app.fake.reply({ events: words(60_000) });
  const sockets = serverSockets(app);
  const headers = { authorization: `Bearer ${app.apiKey}`, 'content-type': 'application/json', 'idempotency-key': 'k' };
  const body = JSON.stringify({ ...REQUEST, stream: true });
  const whole = await (await fetch(`${app.url}/v1/chat/completions`, { method: 'POST', headers, body })).text();
  const [, id] = /^id: (.+):0$/m.exec(whole)!;

  const sent = httpRequest(`${app.url}/v1/chat/completions/${id}/events`, { headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.pause();
  await eventually(() => expect(bufferedBy(sockets)).toBeGreaterThan(0));
  expect(bufferedBy(sockets)).toBeLessThan(MEGABYTE / 4);

  let again = '';
  for await (const chunk of response.setEncoding('latin1')) again += chunk as string;
  expect(again === whole).toBe(true);
});

it('makes Claude wait when a reader of a WebSocket stops reading, and goes on with it', async () => {
  await using app = await startApp();
  const state = answerLong(app);
  const sockets = serverSockets(app);
  await using raw = await openRaw(app);
  raw.subscribe(1, REQUEST);
  await eventually(() => expect(raw.frames.length).toBeGreaterThan(1), { interval: 1 });
  raw.socket.pause();

  expect(await stoodStill(state)).toBeLessThan(ON_THE_WAY);
  expect(bufferedBy(sockets)).toBeLessThan(2 * MEGABYTE);
  expect(app.fake.openStreams).toBe(1);

  raw.socket.resume();
  await eventually(() => expect(raw.frames.at(-1)).toMatchObject({ id: 1, result: { type: 'stopped' } }), {
    timeout: 10_000,
  });
  const texts = raw.frames.flatMap((frame) =>
    typeof frame === 'string'
      ? []
      : ((frame.result?.data?.json.data.choices ?? []) as { delta: { content?: string } }[]),
  );
  expect(texts.reduce((sum, { delta }) => sum + (delta.content?.length ?? 0), 0)).toBe(state.size);
});

it('lets a stopped reader leave: Claude stops, and nothing keeps running', async () => {
  await using app = await startApp({ environment: { TRESTLE_RESUME_GRACE_MS: '0' } });
  const state = answerLong(app);
  await using raw = await openRaw(app);
  raw.subscribe(1, REQUEST);
  await eventually(() => expect(raw.frames.length).toBeGreaterThan(1), { interval: 1 });
  raw.socket.pause();
  await stoodStill(state);
  raw.socket.terminate();
  await eventually(() => expect([app.app.services.runningCalls.size, app.fake.openStreams]).toEqual([0, 0]));
  expect(state.written).toBeLessThan(state.size);
});
