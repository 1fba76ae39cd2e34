import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createTrestleClient } from '../../client/index.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import { HELLO, postChat } from '../support/rest-request.ts';
import { claudeCalls, expectedWords, gate, words } from '../support/word-stream.ts';
import { openRaw } from '../trpc/socket-client.ts';
import { startServer } from './server-process.ts';

const DELAY_MS = 400;
/** Three checks of the balancer's fit in also where the machine has much else to do. */
const BALANCED_DELAY_MS = 1500;
const REQUEST = { model: HELLO.model, messages: [{ role: 'user' as const, content: 'Count' }] };
const startLeaving = (delayMs = DELAY_MS): Promise<AppResource> =>
  startApp({ environment: { TRESTLE_DRAIN_DELAY_MS: String(delayMs), TRESTLE_DRAIN_TIMEOUT_MS: '10000' } });

/** Takes turns between servers as proxies do: by checks of /readyz, and with another try where nothing listens. */
async function startBalancer(servers: string[]) {
  const agent = new Agent({ keepAlive: true });
  const failed = new Map(servers.map((server) => [server, 0]));
  const checks = setInterval(() => {
    for (const server of servers) {
      fetch(`${server}/readyz`).then(
        ({ ok }) => failed.set(server, ok ? 0 : failed.get(server)! + 1),
        () => failed.set(server, failed.get(server)! + 1),
      );
    }
  }, 50);
  let turn = 0;
  const balancer = createServer((incoming, outgoing) => {
    void (async () => {
      const body = Buffer.concat(await incoming.toArray());
      const attempt = (left: number): void => {
        turn += 1;
        const up = servers.filter((server) => failed.get(server)! < 3);
        const { hostname, port } = new URL(up[turn % up.length]!);
        const { method, url: path, headers } = incoming;
        const onward = forward({ hostname, port, method, path, headers, agent }, (answer: IncomingMessage) => {
          outgoing.writeHead(answer.statusCode!, { 'content-type': answer.headers['content-type'] });
          answer.pipe(outgoing);
        });
        onward.on('error', (error: NodeJS.ErrnoException) => {
          if (error.code === 'ECONNREFUSED' && left > 0) attempt(left - 1);
          else outgoing.writeHead(502).end(error.code);
        });
        onward.end(body);
      };
      attempt(3);
    })();
  });
  balancer.listen(0, '127.0.0.1');
  await once(balancer, 'listening');
  return {
    url: `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      clearInterval(checks);
      agent.destroy();
      balancer.closeAllConnections();
      balancer.close();
      await once(balancer, 'close');
    },
  };
}

test('no request of 1,000 is lost while one of two servers stops', async () => {
  await using leaving = await startLeaving(BALANCED_DELAY_MS);
  await using staying = await startApp();
  await using balancer = await startBalancer([leaving.url, staying.url]);
  const outcomes: string[] = [];
  let retired: Promise<void> | undefined;
  const caller = async (): Promise<void> => {
    while (outcomes.length < 1000) {
      const stream = outcomes.length % 2 === 0;
      if (outcomes.length > 100) retired ??= leaving.app.retire();
      const response = await postChat({ ...leaving, url: balancer.url }, { ...HELLO, stream });
      const text = await response.text();
      const whole = !stream || text.endsWith('data: [DONE]\n\n');
      outcomes.push(`${response.status} ${whole ? 'whole' : 'cut'}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  await retired;
  expect(new Set(outcomes)).toEqual(new Set(['200 whole']));
  expect(claudeCalls(leaving)).toBeGreaterThan(50);
  expect(claudeCalls(leaving) + claudeCalls(staying)).toBe(outcomes.length);
  await expect(fetch(`${leaving.url}/healthz`)).rejects.toThrow();
}, 60_000);

test('a server that is to stop says so, takes calls for a while, and then lets streams end', async () => {
  await using app = await startLeaving();
  const { opened, open } = gate();
  app.fake.reply({ events: words(3, (index) => (index === 1 ? opened : undefined)) });
  const client = createTrestleClient({ url: app.url, apiKey: app.apiKey, transport: 'websocket' });
  const stream = client.stream(REQUEST);
  const text = stream.text();
  await eventually(() => expect(stream.id).toBeDefined());
  await using raw = await openRaw(app);

  const retired = app.app.retire();
  expect((await fetch(`${app.url}/readyz`)).status).toBe(503);
  expect((await postChat(app, HELLO)).status).toBe(200);
  await eventually(() => expect(fetch(`${app.url}/readyz`)).rejects.toThrow());
  // Its client goes to another server.
  raw.subscribe(1, REQUEST);
  const refusal = await eventually(() => {
    const found = raw.frames.find((frame) => typeof frame !== 'string' && frame.error !== undefined);
    return found ?? expect.fail('no refusal yet');
  });
  expect(refusal).toMatchObject({ id: 1, error: { json: { data: { httpStatus: 503, error: { code: 'draining' } } } } });
  open();
  expect(await text).toBe(expectedWords(3));
  await retired;
  expect(claudeCalls(app)).toBe(2);
  await client.close();
});

test.each([1, 2])(
  'SIGTERM waits for the delay (workers: %i)',
  async (workers) => {
    await using server = startServer({ TRESTLE_DRAIN_DELAY_MS: '600', TRESTLE_WORKERS: String(workers) });
    const url = await server.url();
    const startedAt = performance.now();
    server.child.kill('SIGTERM');
    await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503));
    expect(await server.exited).toBe(0);
    expect(performance.now() - startedAt).toBeGreaterThan(600);
  },
  30_000,
);

test('SIGINT does not', async () => {
  await using server = startServer({ TRESTLE_DRAIN_DELAY_MS: '20000' });
  await server.url();
  const startedAt = performance.now();
  server.child.kill('SIGINT');
  expect(await server.exited).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
}, 30_000);
