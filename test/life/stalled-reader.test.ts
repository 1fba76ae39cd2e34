import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { startFakeClaude } from '../support/fake-claude.ts';
import { type Flood, flood, stoodStill } from '../support/flood.ts';
import { MODEL } from '../upstream/post-chat.ts';
import { MEGABYTE, memoryOf, WITH_MEMORY_PROBE } from './memory-of.ts';
import { startServer } from './server-process.ts';

/** Pieces of 16 KiB: 50 MB, and enough to have the server compile and collect what it will. */
const LONG = 3052;
const WARM_UP = 500;
/** What the kernel holds of two connections, and then some. */
const ON_THE_WAY = 24 * MEGABYTE;
const REQUEST = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] };

/** Asks for a stream. A reader that stalls reads nothing after its beginning; the other one reads all. */
type Read = (url: string, stalls: boolean) => Promise<Disposable>;

const overSse: Read = async (url, stalls) => {
  const body = JSON.stringify({ ...REQUEST, stream: true });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await once(socket, 'data');
  if (stalls) socket.pause();
  else await once(socket.resume(), 'close');
  return { [Symbol.dispose]: () => void socket.destroy() };
};

const overWebSocket: Read = async (url, stalls) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/trpc`);
  await once(socket, 'open');
  const params = { path: 'chat.stream', input: { json: REQUEST } };
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params }));
  await once(socket, 'message');
  if (stalls) socket.pause();
  else {
    await new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => data.length < 100 && data.includes('"stopped"') && resolve());
    });
  }
  return { [Symbol.dispose]: () => socket.terminate() };
};

test.each([
  ['server-sent events', overSse],
  ['WebSocket', overWebSocket],
])(
  'a reader of 50 MB over %s that stops reading: the server takes less than 8 MB more, and Claude waits',
  async (_door, read) => {
    await using fake = await startFakeClaude();
    await using server = startServer({ ANTHROPIC_API_KEY: 'test-upstream-key', ANTHROPIC_BASE_URL: fake.url }, [
      // As with `npm start`; a young generation that grows in the middle would count as the stream's.
      '--min-semi-space-size=8',
      '--max-semi-space-size=8',
      '--no-parallel-scavenge',
      ...WITH_MEMORY_PROBE,
    ]);
    const url = await server.url();
    const open = async (pieces: number, stalls: boolean): Promise<{ state: Flood; reader: Disposable }> => {
      const state = flood(MODEL, pieces);
      fake.reply(state.answer);
      return { state, reader: await read(url, stalls) };
    };

    // The first streams grow the heap whatever they bring, and what it took stays taken.
    let { resident, used } = { resident: 0, used: 0 };
    for (let grown = Infinity, times = 0; times < 5 || (grown > MEGABYTE && times < 10); times += 1) {
      await open(WARM_UP, false);
      const memory = await memoryOf(server);
      grown = memory.resident - resident;
      ({ resident, used } = memory);
    }
    const { state, reader } = await open(LONG, true);
    using _reader = reader;
    expect(await stoodStill(state)).toBeLessThan(ON_THE_WAY);
    const stalled = await memoryOf(server);
    expect((stalled.used - used) / MEGABYTE).toBeLessThan(8);
    expect((stalled.resident - resident) / MEGABYTE).toBeLessThan(8);
    await eventually(() => expect(fake.openStreams).toBe(1));
  },
  30_000,
);
