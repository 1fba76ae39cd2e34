import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { expect, it } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { BEGUN } from '../support/begun-answer.ts';
import { eventually } from '../support/eventually.ts';
import { connect, openRaw } from '../trpc/socket-client.ts';
import { MODEL, postChat, readSse, textOf } from '../upstream/post-chat.ts';

const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };
const DRAINING = { type: 'server_error', code: 'draining', param: null };

async function runningStream(app: AppResource): Promise<Response> {
  app.fake.reply(BEGUN);
  return postChat(app, { stream: true });
}

it('ends a stream that runs at the deadline with an error event, and without [DONE]', async () => {
  await using app = await startApp();
  const response = await runningStream(app);
  const stopped = app.app.stop(50);
  const data = await readSse(response);
  expect(textOf(data)).toBe('Half');
  expect(data.at(-1)).toMatchObject({ error: DRAINING });
  await stopped;
  const request = await app.fake.waitForRequest();
  await request.closed;
  expect(request.finished).toBe(false);
});

it('answers a whole answer that is not there at the deadline with 503', async () => {
  await using app = await startApp();
  app.fake.reply({ hang: true });
  const answer = postChat(app);
  await app.fake.waitForRequest();
  const stopped = app.app.stop(50);
  const response = await answer;
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toMatchObject({ error: DRAINING });
  await stopped;
});

it('ends a subscription that runs at the deadline with an error, then its socket with 1001', async () => {
  await using app = await startApp();
  app.fake.reply(BEGUN);
  await using raw = await openRaw(app);
  raw.subscribe(1, REQUEST);
  await eventually(() => expect(raw.frames.length).toBeGreaterThan(1));
  const closed = once(raw.socket, 'close');
  const stopped = app.app.stop(50);
  const [code] = (await closed) as [number];
  expect(code).toBe(1001);
  const failure = raw.frames.find((frame) => typeof frame !== 'string' && frame.error !== undefined);
  expect(failure).toMatchObject({ id: 1, error: { json: { data: { httpStatus: 503, error: DRAINING } } } });
  await stopped;
});

it('stops as soon as the last call is over, long before the deadline', async () => {
  await using app = await startApp();
  let goOn: (() => void) | undefined;
  const gate = new Promise<object>((resolve) => (goOn = () => resolve({ type: 'message_stop' })));
  const { events } = BEGUN as { events: object[] };
  app.fake.reply({ events: [...events.slice(0, 3), () => gate] });
  const response = await postChat(app, { stream: true });
  const startedAt = performance.now();
  const stopped = app.app.stop(60_000);
  goOn!();
  expect((await readSse(response)).at(-1)).toBe('[DONE]');
  await stopped;
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

it('turns new calls away at every door while one still runs', async () => {
  await using app = await startApp();
  await using socket = connect(app);
  await socket.client.models.list.query();
  const response = await runningStream(app);
  const stopped = app.app.stop(400);
  expect((await fetch(`${app.url}/readyz`)).status).toBe(503);
  const refusals = await Promise.all([
    postChat(app).then((refused) => refused.json() as Promise<{ error: unknown }>),
    socket.client.chat.complete.mutate(REQUEST).catch((thrown: { data: object }) => thrown.data),
    new Promise((resolve) => {
      socket.client.chat.stream.subscribe(REQUEST, { onError: ({ data }) => resolve(data) });
    }),
  ]);
  for (const refusal of refusals) expect(refusal).toMatchObject({ error: DRAINING });
  expect(app.fake.requests.filter(({ path }) => path === '/v1/messages')).toHaveLength(1);
  expect((await readSse(response)).at(-1)).toMatchObject({ error: DRAINING });
  await stopped;
});

it('is not held up by connections that never say anything, nor by a socket that does not answer', async () => {
  await using app = await startApp();
  const { hostname, port } = new URL(app.url);
  const silent = connectTcp(Number(port), hostname).on('error', () => undefined);
  await once(silent, 'connect');
  await using raw = await openRaw(app);
  // Wakes the server's side up, so that the connection is known to it.
  raw.send({ id: 1, method: 'query', params: { path: 'models.list', input: { json: {} } } });
  await eventually(() => expect(raw.frames).toHaveLength(1));
  raw.socket.pause();
  const startedAt = performance.now();
  await app.app.stop(50);
  expect(performance.now() - startedAt).toBeLessThan(5000);
  silent.destroy();
});

it('stops once, however often it is told to, and the shorter deadline counts', async () => {
  await using app = await startApp();
  const response = await runningStream(app);
  const first = app.app.stop(60_000);
  const second = app.app.stop(20);
  expect((await readSse(response)).at(-1)).toMatchObject({ error: DRAINING });
  await Promise.all([first, second]);
  await expect(fetch(`${app.url}/healthz`)).rejects.toThrow();
});
