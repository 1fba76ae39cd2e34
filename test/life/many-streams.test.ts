import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createTrestleClient, type TrestleClient } from '../../client/index.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { type CuttingRelay, startRelay } from '../support/cutting-relay.ts';
import { eventually } from '../support/eventually.ts';
import { gatedWords, wordsUpTo } from '../support/gated-words.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { MODEL } from '../upstream/post-chat.ts';

const SOCKETS = 50;
const STREAMS_A_SOCKET = 20;
const STREAMS = SOCKETS * STREAMS_A_SOCKET;
const RELAYS = 10;
const WORDS = 20;
const CUTS = 20;
const SEED = 20_261_122;

interface Reader {
  name: string;
  /** After so many chunks it stops; null reads all. */
  stopsAfter: number | null;
  text: string;
  failure: unknown;
}

async function startRelays(url: string): Promise<{ relays: CuttingRelay[] } & AsyncDisposable> {
  const relays = await Promise.all(Array.from({ length: RELAYS }, () => startRelay(url)));
  return {
    relays,
    async [Symbol.asyncDispose]() {
      for (const relay of relays) await relay[Symbol.asyncDispose]();
    },
  };
}

/** How often Claude was asked, by what was asked. */
function callsByName({ fake }: AppResource): Map<string, number> {
  const calls = new Map<string, number>();
  for (const { path, body } of fake.requests) {
    if (path !== '/v1/messages') continue;
    const name = nameOf(body as { messages: { content: unknown }[] });
    calls.set(name, (calls.get(name) ?? 0) + 1);
  }
  return calls;
}

function nameOf({ messages }: { messages: { content: unknown }[] }): string {
  return /stream-\d+/.exec(JSON.stringify(messages[0]!.content))![0];
}

/** Reads until the end or its own, with one of the ways in which a caller can stop. */
async function read(
  client: TrestleClient,
  reader: Reader,
  onChunk: (client: TrestleClient) => void,
  byAbort: boolean,
): Promise<void> {
  const stop = new AbortController();
  const request = { model: MODEL, messages: [{ role: 'user' as const, content: reader.name }] };
  let chunks = 0;
  try {
    for await (const { choices } of client.stream(request, { signal: stop.signal })) {
      reader.text += choices[0]?.delta.content ?? '';
      onChunk(client);
      if (chunks++ !== reader.stopsAfter) continue;
      if (byAbort) stop.abort();
      else break;
    }
  } catch (thrown) {
    if (!stop.signal.aborted) reader.failure = thrown;
  }
}

test('1,000 streams on 50 sockets, half of them cancelled, sockets cut: all others are whole, and nothing is left', async () => {
  const random = seededRandom(SEED);
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  try {
    await using app = await startApp({
      environment: { TRESTLE_REPLAY_KEEP_MS: '3000', TRESTLE_RESUME_GRACE_MS: '4000' },
    });
    app.fake.replyWith(() => ({ events: gatedWords(WORDS, () => {}), delayMs: 10 + random() * 60 }));
    await using network = await startRelays(app.url);
    const { relays } = network;
    const clients = Array.from({ length: SOCKETS }, (_, index) => {
      const { url } = relays[index % RELAYS]!;
      return createTrestleClient({ url, apiKey: app.apiKey, WebSocket, transport: 'websocket' });
    });

    // A relay cuts its five sockets after so many chunks, in all, from when every socket has brought one.
    const cutAt = Array.from({ length: CUTS }, () => Math.floor(random() * STREAMS * 3));
    cutAt.sort((left, right) => left - right);
    const connected = new Set<TrestleClient>();
    let seen = 0;
    let cuts = 0;
    const onChunk = (client: TrestleClient): void => {
      connected.add(client);
      if (connected.size < SOCKETS) return;
      seen += 1;
      if (seen < (cutAt[cuts] ?? Number.POSITIVE_INFINITY)) return;
      cuts += 1;
      relays[Math.floor(random() * RELAYS)]!.cut();
    };

    const readers = Array.from({ length: STREAMS }, (_, index): Reader => {
      const stopsAfter = random() < 0.5 ? Math.floor(random() * WORDS) : null;
      return { name: `stream-${index}`, stopsAfter, text: '', failure: undefined };
    });
    await Promise.all(readers.map((reader, index) => read(clients[index % SOCKETS]!, reader, onChunk, random() < 0.5)));

    expect(
      readers.filter(({ failure }) => failure !== undefined).map(({ text, failure }) => [text, String(failure)]),
    ).toEqual([]);
    const whole = readers.filter(({ stopsAfter }) => stopsAfter === null);
    expect(whole.length).toBeGreaterThan(STREAMS * 0.4);
    expect(whole.filter(({ text }) => text !== wordsUpTo(WORDS))).toEqual([]);
    const stopped = readers.filter(({ stopsAfter }) => stopsAfter !== null);
    expect(stopped.filter(({ text }) => !wordsUpTo(WORDS).startsWith(text))).toEqual([]);
    expect(cuts).toBeGreaterThan(CUTS / 2);
    const calls = callsByName(app);
    expect([...calls].filter(([, count]) => count > 1)).toEqual([]);
    expect(calls.size).toBe(STREAMS);

    await eventually(
      () => {
        const { answerStore, runningCalls } = app.app.services;
        const left = { ...answerStore.gauges(), calls: runningCalls.size, upstream: app.fake.openStreams };
        expect(left).toEqual({ running: 0, kept: 0, bytes: 0, calls: 0, upstream: 0 });
      },
      { timeout: 12_000, interval: 50 },
    );
    for (const client of clients) await client.close();
    expect(relays.reduce((sum, { connections }) => sum + connections, 0)).toBeGreaterThan(SOCKETS);
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
}, 40_000);
