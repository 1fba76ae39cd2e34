import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTrestleClient } from '../../client/index.ts';
import { startRelay } from '../support/cutting-relay.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeClaude, startFakeClaude } from '../support/fake-claude.ts';
import { contentOf, errorOf, parseSse } from '../support/rest-request.ts';
import { openRaw } from '../trpc/socket-client.ts';
import { MODEL } from '../upstream/post-chat.ts';
import {
  beginToolLoop,
  gatedWords,
  logged,
  messageCalls,
  readAndLeave,
  startWorkers,
  THOUGHT,
  type WorkerServer,
  workerThatAnswered,
} from './worker-server.ts';

vi.setConfig({ testTimeout: 20_000, hookTimeout: 30_000 });

let fake: FakeClaude;
let workers: WorkerServer;
beforeAll(async () => {
  fake = await startFakeClaude();
  workers = await startWorkers(fake);
});
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  await fake[Symbol.asyncDispose]();
});

const WORDS = Array.from({ length: 20 }, (_, index) => `w${index} `);
const FOUR = [1, 2, 3, 4];

/** Twice for each worker: one connection after the other goes to the next one. */
async function inTurn<T>(act: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (const _ of FOUR) all.push(await act());
  return all;
}

function together<T>(act: () => Promise<T>): Promise<T[]> {
  return Promise.all(FOUR.map(act));
}

function events(id: string, { last, key }: { last?: string; key?: string } = {}): Promise<Response> {
  return workers.fetch(`/v1/chat/completions/${id}/events`, {
    ...(key !== undefined && { key }),
    headers: last === undefined ? {} : { 'last-event-id': last },
  });
}

it('starts once, says so once, and both workers answer', async () => {
  const answered = new Set<number>();
  for (const response of await inTurn(() => workers.post({}))) answered.add(await workerThatAnswered(response));
  expect([...answered].sort()).toEqual([1, 2]);
  expect(workers.server.stdout.match(/Trestle is listening/g)).toHaveLength(1);
});

it('knows the batches of a caller at every worker, and gives them to no other caller', async () => {
  const params = { model: MODEL, max_tokens: 10, messages: [{ role: 'user', content: 'Hello' }] };
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ requests: [{ custom_id: 'a', params }] });
  const made = await workers.fetch('/v1/messages/batches', { method: 'POST', headers, body });
  const { id } = (await made.json()) as { id: string };
  const path = `/v1/messages/batches/${id}`;
  const asked = async (key: string) => (await workers.fetch(path, { key })).status;
  expect(await inTurn(() => asked('test-key'))).toEqual([200, 200, 200, 200]);
  expect(await inTurn(() => asked('other-key'))).toEqual([404, 404, 404, 404]);
  await workers.fetch(path, { method: 'DELETE' });
  expect(await inTurn(() => asked('test-key'))).toEqual([404, 404, 404, 404]);
});

describe('a stream that another worker has', () => {
  it('is gone on with from Last-Event-ID at every worker, each chunk once, with one call to Claude', async () => {
    const answer = gatedWords(WORDS, 5);
    fake.reply(answer);
    const before = messageCalls(fake);
    const started = await workers.post({ stream: true }, { 'idempotency-key': 'resumed' });
    const last = await readAndLeave(started, WORDS[4]!);
    const id = last.split(':')[0]!;
    const others = (await workers.metrics())['trestle_answers_of_other_workers_total']!;
    const rests = together(() => events(id, { last }));
    answer.open();
    for (const response of await rests) {
      const { chunks, done } = parseSse(await response.text());
      expect([contentOf(chunks), done]).toEqual([WORDS.slice(5).join(''), true]);
    }
    for (const response of await inTurn(() => events(id)))
      expect(contentOf(parseSse(await response.text()).chunks)).toBe(WORDS.join(''));
    expect(messageCalls(fake)).toBe(before + 1);
    expect((await workers.metrics())['trestle_answers_of_other_workers_total']).toBeGreaterThan(others);
  });

  it('is refused to another key, and from where nothing is, at every worker', async () => {
    fake.reply(gatedWords(WORDS, -1));
    const id = (
      await readAndLeave(await workers.post({ stream: true }, { 'idempotency-key': 'mine' }), WORDS[9]!)
    ).split(':')[0]!;
    const before = messageCalls(fake);
    const refusals = [
      ...(await inTurn(() => events(id, { key: 'other-key' }))),
      ...(await inTurn(() => events(id, { last: `${id}:999` }))),
      ...(await inTurn(() => events('chatcmpl-00000000000000000000000000000000'))),
    ];
    for (const response of refusals) {
      expect([response.status, (await errorOf(response)).code]).toEqual([412, 'stream_not_resumable']);
    }
    expect(messageCalls(fake)).toBe(before);
  });

  it('is gone on with over WebSockets that are cut, every chunk once', async () => {
    await using relay = await startRelay(workers.url);
    let seen = '';
    const gated = gatedWords(WORDS, -1);
    const cutting = gated.events.flatMap((event, index) =>
      index % 6 === 5 && index < WORDS.length
        ? [
            async () => {
              await eventually(() => expect(seen).toContain(WORDS[index - 3]), { timeout: 10_000, interval: 2 });
              relay.cut();
            },
            event,
          ]
        : [event],
    );
    fake.reply({ events: cutting });
    const before = messageCalls(fake);
    const client = createTrestleClient({ url: relay.url, apiKey: workers.apiKey, transport: 'websocket' });
    for await (const chunk of client.stream({ model: MODEL, messages: [{ role: 'user', content: 'Count' }] }))
      seen += chunk.choices[0]?.delta.content ?? '';
    await client.close();
    expect(seen).toBe(WORDS.join(''));
    expect(relay.connections).toBeGreaterThan(2);
    expect(messageCalls(fake)).toBe(before + 1);
  });

  it('ends at Claude at once when its reader at another worker stops it', async () => {
    fake.reply(gatedWords(WORDS, 5));
    const before = messageCalls(fake);
    const last = await readAndLeave(await workers.post({ stream: true }, { 'idempotency-key': 'to stop' }), WORDS[4]!);
    const sockets = [];
    for (const id of FOUR) {
      const raw = await openRaw(workers as never);
      sockets.push(raw);
      raw.subscribe(id, { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] }, last.replace(/\d+$/, '0'));
      await eventually(() => expect(JSON.stringify(raw.frames)).toContain(WORDS[4]));
    }
    const upstream = await fake.waitForRequest(before + 1);
    for (const [index, raw] of sockets.entries()) {
      expect(fake.openStreams).toBe(1);
      raw.send({ id: FOUR[index], method: 'subscription.stop' });
      await eventually(() => expect(raw.frames.at(-1)).toMatchObject({ result: { type: 'stopped' } }));
    }
    await upstream.closed;
    expect(upstream.finished).toBe(false);
    for (const raw of sockets) await raw[Symbol.asyncDispose]();
  });
});

describe('Idempotency-Key', () => {
  it.each([true, false])('has one answer, whichever worker is asked (stream: %s)', async (stream) => {
    const answer = gatedWords(WORDS, 3);
    fake.replyWith(async () => ({ events: answer.events }));
    const before = messageCalls(fake);
    const headers = { 'idempotency-key': `joined ${stream}` };
    if (!stream) fake.reply({ message: { content: [{ type: 'text', text: 'Once' }] } });
    const asked = together(() => workers.post({ stream }, headers));
    answer.open();
    const texts = await Promise.all((await asked).map((response) => response.text()));
    const later = await Promise.all(
      (await inTurn(() => workers.post({ stream }, headers))).map((response) => response.text()),
    );
    const all = [...texts, ...later];
    expect(new Set(all).size).toBe(1);
    if (stream) expect(contentOf(parseSse(all[0]!).chunks)).toBe(WORDS.join(''));
    else expect(all[0]).toContain('Once');
    expect(messageCalls(fake)).toBe(before + 1);
    for (const response of await inTurn(() => workers.post({ stream, max_tokens: 5 }, headers)))
      expect([response.status, (await errorOf(response)).code]).toEqual([409, 'idempotency_conflict']);
    expect(messageCalls(fake)).toBe(before + 1);
  });
});

it('a tool loop keeps its signed thinking, whichever worker has its next turn', async () => {
  const next = await beginToolLoop(workers, fake);
  const before = messageCalls(fake);
  const answered = new Set<number>();
  for (const response of await inTurn(() => workers.post(next))) answered.add(await workerThatAnswered(response));
  expect(answered.size).toBe(2);
  const sent = fake.requests.filter(({ path }) => path === '/v1/messages').slice(before);
  for (const { body } of sent) expect(JSON.stringify(body)).toContain(THOUGHT);
  expect(fake.refusals).toEqual([]);
});

it('chat.cancel ends the answer of another worker, for its own caller alone', async () => {
  const cancel = async (idempotencyKey: string, key = 'test-key'): Promise<unknown> => {
    const response = await workers.fetch('/trpc/chat.cancel', {
      method: 'POST',
      key,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ json: { idempotencyKey } }),
    });
    return ((await response.json()) as { result: { data: { json: unknown } } }).result.data.json;
  };
  for (const name of ['first', 'second', 'third']) {
    fake.reply(gatedWords(WORDS, 5));
    const before = messageCalls(fake);
    await readAndLeave(await workers.post({ stream: true }, { 'idempotency-key': name }), WORDS[4]!);
    const upstream = await fake.waitForRequest(before + 1);
    expect(await cancel(name, 'other-key')).toEqual({ cancelled: false });
    expect(await cancel('none')).toEqual({ cancelled: false });
    expect(await cancel(name)).toEqual({ cancelled: true });
    await upstream.closed;
    expect(upstream.finished).toBe(false);
  }
});

it('the metrics are the same at each worker, add up over all of them, and need a key', async () => {
  const route = 'trestle_request_duration_seconds_count{route="/v1/models",status="200"}';
  const before = await workers.metrics();
  await Promise.all((await inTurn(() => workers.fetch('/v1/models'))).map((response) => response.text()));
  const counted = (): Promise<Record<string, number>> =>
    eventually(async () => {
      const now = await workers.metrics();
      expect(now[route]).toBe((before[route] ?? 0) + 4);
      return now;
    });
  for (const after of await inTurn(counted)) {
    expect(after).toMatchObject({ trestle_workers: 2, trestle_streams_running: 0, trestle_calls_running: 0 });
    expect(Object.keys(after).filter((name) => name.startsWith('trestle_process_resident_memory_bytes'))).toHaveLength(
      2,
    );
    expect(after['trestle_tokens_total{kind="completion"}']).toBeGreaterThan(0);
    expect(after['trestle_upstream_requests_total']).toBeGreaterThanOrEqual(messageCalls(fake));
  }
  expect((await workers.fetch('/metrics', { key: 'wrong' })).status).toBe(401);
});

it('a worker that hangs is killed and replaced', async () => {
  const before = await workers.metrics();
  const { child } = workers.server;
  const [first] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
  // Its connections are taken, and nothing is answered.
  process.kill(Number(first), 'SIGSTOP');
  await logged(workers, 'a worker hangs');
  await eventually(
    async () => {
      const now = await workers.metrics();
      expect(now['trestle_workers']).toBe(2);
      expect(Object.keys(now)).not.toEqual(Object.keys(before));
    },
    { timeout: 20_000, interval: 50 },
  );
}, 60_000);

describe('at the end of the server', () => {
  it('a worker that crashes is replaced, and SIGTERM lets the streams of all finish', async () => {
    const { child } = workers.server;
    const [first] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
    const known = new Set(workersIn(await workers.metrics()));
    process.kill(Number(first), 'SIGKILL');
    await logged(workers, 'a worker has ended');
    const replaced = async (): Promise<void> => {
      const numbers = await workers.metrics();
      expect(numbers['trestle_workers']).toBe(2);
      expect(workersIn(numbers).filter((name) => !known.has(name))).toHaveLength(1);
    };
    await eventually(replaced, { timeout: 20_000, interval: 50 });

    const answers = [gatedWords(WORDS, 3), gatedWords(WORDS, 3)];
    for (const answer of answers) fake.reply(answer);
    const streams = [await workers.post({ stream: true }), await workers.post({ stream: true })];
    child.kill('SIGTERM');
    await logged(workers, 'stopping');
    for (const answer of answers) answer.open();
    for (const stream of streams) {
      const { chunks, done } = parseSse(await stream.text());
      expect([contentOf(chunks), done]).toEqual([WORDS.join(''), true]);
    }
    expect(await workers.server.exited).toBe(0);
    expect(workers.server.stdout).not.toContain('"aborted"');
  }, 60_000);
});

/** The workers whose numbers are there, each by the name of one of them. */
function workersIn(numbers: Readonly<Record<string, number>>): string[] {
  return Object.keys(numbers).filter((name) => name.startsWith('trestle_process_uptime_seconds'));
}
