import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import { type Flood, flood } from '../support/flood.ts';
import { openRaw, type RawSocket } from '../trpc/socket-client.ts';
import { MODEL } from '../upstream/post-chat.ts';

const REQUEST = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] };
/** More than the kernel holds for a connection. */
const PIECES = 1500;
/** Enough that all of the answer can be read again. */
const ENVIRONMENT = { TRESTLE_STALL_TIMEOUT_MS: '150', TRESTLE_REPLAY_BYTES: String(64 * 1024 * 1024) };

async function start(): Promise<{ app: AppResource; state: Flood; sockets: Socket[] }> {
  const app = await startApp({ environment: ENVIRONMENT });
  const sockets: Socket[] = [];
  app.app.http.server.on('connection', (socket) => sockets.push(socket));
  const state = flood(MODEL, PIECES);
  app.fake.reply(state.answer);
  return { app, state, sockets };
}

/** Resolves when the server has given up the first connection, which reads nothing. */
async function dropped(sockets: readonly Socket[]): Promise<void> {
  await eventually(() => expect(sockets[0]?.destroyed).toBe(true));
}

function calls({ fake }: AppResource): number {
  return fake.requests.filter(({ path }) => path === '/v1/messages').length;
}

function read(raw: RawSocket): { letters: number; lastId: string | undefined; stopped: boolean } {
  let letters = 0;
  let lastId: string | undefined;
  let stopped = false;
  for (const frame of raw.frames) {
    if (typeof frame === 'string') continue;
    const [choice] = (frame.result?.data?.json.data.choices ?? []) as { delta: { content?: string } }[];
    letters += choice?.delta.content?.length ?? 0;
    lastId = frame.result?.id ?? lastId;
    stopped ||= frame.result?.type === 'stopped';
  }
  return { letters, lastId, stopped };
}

test('a WebSocket whose reader takes nothing is dropped at the deadline; the stream goes on with another one', async () => {
  const { app: resource, state, sockets } = await start();
  await using app = resource;
  await using raw = await openRaw(app);
  raw.subscribe(1, REQUEST);
  await eventually(() => expect(raw.frames.length).toBeGreaterThan(3), { interval: 1 });
  raw.socket.pause();
  const before = read(raw);
  await dropped(sockets);

  await using again = await openRaw(app);
  again.subscribe(1, REQUEST, before.lastId);
  await eventually(() => expect(read(again).stopped).toBe(true));
  expect(before.letters + read(again).letters).toBe(state.size);
  expect(calls(app)).toBe(1);
});

test('a reader of server-sent events that takes nothing is dropped at the deadline, and can come back', async () => {
  const { app: resource, state, sockets } = await start();
  await using app = resource;
  const body = JSON.stringify({ ...REQUEST, stream: true });
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${app.apiKey}\r\nidempotency-key: once\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  let seen = '';
  socket.on('data', (data) => {
    seen += data.toString('latin1');
    if (seen.includes('xxx')) socket.pause();
  });
  await dropped(sockets);

  // The last event may be cut, so the one before it is where to go on.
  const ids = [...seen.matchAll(/^id: (.+)$/gm)].map(([, id]) => id!);
  const whole = seen.slice(0, seen.indexOf(`id: ${ids.at(-1)}`));
  const last = ids.at(-2)!;
  const headers = { authorization: `Bearer ${app.apiKey}`, 'last-event-id': last };
  const answer = await fetch(`${app.url}/v1/chat/completions/${last.split(':')[0]}/events`, { headers });
  const rest = await answer.text();
  expect(rest.endsWith('data: [DONE]\n\n')).toBe(true);
  expect(lettersOf(whole) + lettersOf(rest)).toBe(state.size);
  expect(calls(app)).toBe(1);
  if (!socket.destroyed) {
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  }
});

function lettersOf(events: string): number {
  return [...events.matchAll(/"content":"(x+)"/g)].reduce((sum, [, text]) => sum + text!.length, 0);
}
