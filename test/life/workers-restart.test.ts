import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { createTrestleClient } from '../../client/index.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeClaude, startFakeClaude } from '../support/fake-claude.ts';
import { contentOf, parseSse } from '../support/rest-request.ts';
import { MODEL } from '../upstream/post-chat.ts';
import { startServer } from './server-process.ts';
import {
  beginToolLoop,
  gatedWords,
  logged,
  messageCalls,
  startWorkers,
  THOUGHT,
  type WorkerServer,
} from './worker-server.ts';

vi.setConfig({ testTimeout: 60_000 });

const WORDS = Array.from({ length: 12 }, (_, index) => `w${index} `);
const BODY = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };
const ANSWERED = 'trestle_request_duration_seconds_count{route="/v1/chat/completions",status="200"}';

interface Load {
  /** Ends it; gives the status of each request, or what became of its connection. */
  stop(): Promise<string[]>;
}

/** One request after the other, over a connection that is kept or over one each. */
function load({ url, apiKey }: WorkerServer, keepAlive: boolean): Load {
  const agent = new Agent({ keepAlive, maxSockets: 1 });
  const outcomes: string[] = [];
  let running = true;
  const one = (): Promise<string> =>
    new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` };
      const call = request(`${url}/v1/chat/completions`, { agent, method: 'POST', headers }, (answer) => {
        answer.resume().on('end', () => resolve(String(answer.statusCode)));
        answer.on('error', (error) => resolve(error.message));
      });
      call.on('error', (error) => resolve(error.message));
      call.end(JSON.stringify(BODY));
    });
  const all = (async (): Promise<void> => {
    while (running) outcomes.push(await one());
  })();
  return {
    stop: async () => {
      running = false;
      await all;
      agent.destroy();
      return outcomes;
    },
  };
}

/** A stream over REST that has said its first words, and waits. */
async function beginStream(workers: WorkerServer, fake: FakeClaude) {
  const answer = gatedWords(WORDS, 3);
  fake.reply(answer);
  const response = await workers.post({ stream: true }, { 'idempotency-key': 'kept' });
  return { ...answer, response, text: response.text() };
}

/** The same over the client's WebSocket. */
async function beginOverSocket(
  workers: WorkerServer,
  fake: FakeClaude,
): Promise<{ open(): void; text: Promise<string> }> {
  const answer = gatedWords(WORDS, 3);
  fake.reply(answer);
  const client = createTrestleClient({ url: workers.url, apiKey: workers.apiKey, transport: 'websocket' });
  let seen = '';
  const text = (async (): Promise<string> => {
    for await (const chunk of client.stream(BODY)) seen += chunk.choices[0]?.delta.content ?? '';
    await client.close();
    return seen;
  })();
  await eventually(() => expect(seen).toContain(WORDS[2]));
  return { open: () => answer.open(), text };
}

describe('SIGHUP', () => {
  it('replaces the workers under load without losing a request, a stream, or a count', async () => {
    await using fake = await startFakeClaude();
    await using workers = await startWorkers(fake);
    const { server } = workers;
    const next = await beginToolLoop(workers, fake);
    const overRest = await beginStream(workers, fake);
    // One socket after the other: each goes to another worker.
    const overSockets = [await beginOverSocket(workers, fake), await beginOverSocket(workers, fake)];
    const loads = [load(workers, true), load(workers, true), load(workers, false)];

    server.child.kill('SIGHUP');
    await logged(workers, 'a new worker listens');
    // The client of the old worker is told to open another socket, and reads on through another worker.
    await eventually(
      async () => expect((await workers.metrics())['trestle_answers_of_other_workers_total']).toBeGreaterThan(0),
      { timeout: 10_000, interval: 50 },
    );
    for (const stream of [overRest, ...overSockets]) stream.open();
    await logged(workers, 'all workers are new');
    const outcomes = (await Promise.all(loads.map((one) => one.stop()))).flat();
    for (const { text } of overSockets) expect(await text).toBe(WORDS.join(''));

    expect(new Set(outcomes)).toEqual(new Set(['200']));
    const { chunks, done } = parseSse(await overRest.text);
    expect([contentOf(chunks), done]).toEqual([WORDS.join(''), true]);
    expect(messageCalls(fake)).toBe(outcomes.length + 4);
    await eventually(async () => expect((await workers.metrics())[ANSWERED]).toBe(outcomes.length + 2));

    // Its worker takes no new connection any more, and stays for those who come back.
    const again = await workers.fetch(`/v1/chat/completions/${chunks[0]!.id}/events`);
    expect(contentOf(parseSse(await again.text()).chunks)).toBe(WORDS.join(''));
    await workers.post(next);
    expect(JSON.stringify(fake.requests.at(-1)!.body)).toContain(THOUGHT);
    expect(server.stdout.match(/Trestle is listening/g)).toHaveLength(1);
    server.child.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    expect(server.stderr).toBe('');
  });
});

describe('a server of several workers that can not start', () => {
  it('says once that its port is taken, and exits with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      await using server = startServer({ PORT: String(port), TRESTLE_WORKERS: '2' });
      expect(await server.exited).toBe(1);
      expect(server.stderr).toBe(`Trestle can't listen on 127.0.0.1:${port}: EADDRINUSE\n`);
      expect(server.stdout).toBe('');
    } finally {
      other.close();
    }
  });

  it('says what is wrong with its configuration before any worker starts', async () => {
    await using server = startServer({ TRESTLE_WORKERS: 'many', PORT: 'http' });
    expect(await server.exited).toBe(1);
    expect(server.stderr.match(/Trestle can't start/g)).toHaveLength(1);
    expect(server.stderr).toMatch(/ {2}PORT: .*\n {2}TRESTLE_WORKERS: /);
  });
});
