import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { UnknownSockets } from '../../server/trpc/doors/unknown-sockets.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO } from '../support/rest-request.ts';
import { connect, openRaw } from './socket-client.ts';

/** A socket that presents no key. */
async function openUnknown({ url }: AppResource, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/trpc`, { headers });
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

test.each([
  ['one long message', (socket: WebSocket) => socket.send('x'.repeat(1_000_000))],
  ['a message that never ends', (socket: WebSocket) => socket.send('x'.repeat(100_000), { fin: false })],
  [
    'thousands of small messages',
    (socket: WebSocket) => {
      for (let index = 0; index < 5000; index += 1) socket.send(`{"id":${index},"method":"query"}`);
    },
  ],
])('%s of a caller without a key ends the socket', async (_name, send) => {
  await using app = await startApp();
  const socket = await openUnknown(app);
  send(socket);
  await once(socket, 'close');
  const numbers = await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${app.apiKey}` } });
  expect(await numbers.text()).toMatch(/^trestle_websockets 0$/m);
});

test('a key in the handshake, or in the first message together with a long request, is enough', async () => {
  await using app = await startApp();
  const messages = [{ role: 'user' as const, content: 'x'.repeat(1_000_000) }];
  await using socket = connect(app);
  expect((await socket.client.chat.complete.mutate({ ...HELLO, messages })).object).toBe('chat.completion');
  const presented: Record<string, string>[] = [{ authorization: `Bearer ${app.apiKey}` }, { 'x-api-key': app.apiKey }];
  for (const headers of presented) {
    const raw = await openUnknown(app, headers);
    const input = { json: { ...HELLO, messages } };
    raw.send(JSON.stringify({ id: 1, method: 'mutation', params: { path: 'chat.complete', input } }));
    const [answer] = (await once(raw, 'message')) as [Buffer];
    expect(answer.toString()).toContain('chat.completion');
    raw.terminate();
  }
});

test('sockets without a key shut nobody out who has one', async () => {
  await using app = await startApp({ environment: { TRESTLE_MAX_SOCKETS: '20' } });
  const idle = await Promise.all(Array.from({ length: 30 }, () => openUnknown(app)));
  await using socket = connect(app);
  expect((await socket.client.models.list.query()).data.length).toBeGreaterThan(0);
  expect(idle.filter(({ readyState }) => readyState === WebSocket.OPEN).length).toBeLessThanOrEqual(2);
  for (const each of idle) each.terminate();
});

test('a socket without a key is ended after some seconds', () => {
  vi.useFakeTimers();
  try {
    const [unknown, ended] = [new UnknownSockets(100), vi.fn()];
    const client = { terminate: ended, once: vi.fn() } as unknown as WebSocket;
    unknown.watch(
      client,
      connectTcp({ port: 1, host: '127.0.0.1' }).on('error', () => {}),
    );
    vi.advanceTimersByTime(4999);
    expect(ended).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ended).toHaveBeenCalledOnce();
    expect(unknown.size).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('an id that would make each frame of the answer long is refused', async () => {
  await using app = await startApp();
  await using raw = await openRaw(app);
  const input = { json: HELLO };
  raw.send({ id: 'x'.repeat(257), method: 'mutation', params: { path: 'chat.complete', input } });
  await expect.poll(() => raw.frames.length).toBe(1);
  expect(raw.frames[0]).toMatchObject({ id: null, error: { json: { data: { httpStatus: 400 } } } });
  expect(app.fake.requests).toEqual([]);
});

test('whole answers count as calls of a socket, too', async () => {
  await using app = await startApp({ environment: { TRESTLE_MAX_SUBSCRIPTIONS: '2' } });
  await using raw = await openRaw(app);
  const call = (id: number): unknown => ({
    id,
    method: 'mutation',
    params: { path: 'chat.complete', input: { json: HELLO } },
  });
  raw.send([call(1), call(2), call(3)]);
  await expect.poll(() => raw.frames.length).toBe(3);
  const refused = raw.frames.filter((frame) => typeof frame !== 'string' && frame.error);
  expect(refused).toMatchObject([{ error: { json: { data: { httpStatus: 429 } } } }]);
});
