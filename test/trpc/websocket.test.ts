import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { TRPCClientError } from '@trpc/client';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { BEGUN } from '../support/begun-answer.ts';
import { eventually } from '../support/eventually.ts';
import { MODEL } from '../upstream/post-chat.ts';
import { connect, type Frame, openRaw, type RawSocket, type SocketClient } from './socket-client.ts';

/** Calls in one message. */
const MAX_BATCHED = 100;
const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };
const TEXT = 'Hello! How can I help you today?';
const INVALID_KEY = { type: 'invalid_request_error', code: 'invalid_api_key' };

type Failure = InstanceType<typeof TRPCClientError> & { data: Record<string, unknown> };

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(TRPCClientError);
  return thrown as Failure;
}

/** Runs a subscription to its end; rejects with its error. */
async function collect({ client }: SocketClient, input: object = {}): Promise<{ id: string; data: { id: string } }[]> {
  const chunks = [];
  for await (const chunk of client.chat.stream.subscribe({ ...REQUEST, ...input })) chunks.push(chunk);
  return chunks;
}

function framesOf({ frames }: RawSocket, id: number): Frame[] {
  return frames.filter((frame): frame is Frame => typeof frame !== 'string' && frame.id === id);
}

describe('a call over WebSocket', () => {
  it('streams chunks under ascending ids', async () => {
    await using app = await startApp();
    await using socket = connect(app);
    const chunks = await collect(socket);
    expect(chunks.length).toBeGreaterThan(3);
    const completion = chunks[0]!.data.id;
    expect(completion).toMatch(/^chatcmpl-/);
    expect(chunks.map(({ id }) => id)).toEqual(chunks.map((_, index) => `${completion}:${index}`));
    const choices = chunks.flatMap(
      ({ data }) => (data as unknown as { choices: { delta: { content?: string }; finish_reason: unknown }[] }).choices,
    );
    expect(choices.reduce((text, { delta }) => text + (delta.content ?? ''), '')).toBe(TEXT);
    expect(choices.filter(({ finish_reason: reason }) => reason !== null)).toHaveLength(1);
  });

  it('gives whole answers and models', async () => {
    await using app = await startApp();
    await using socket = connect(app);
    const completion = await socket.client.chat.complete.mutate(REQUEST);
    expect(completion.choices[0]?.message.content).toBe(TEXT);
    expect((await socket.client.models.list.query()).data.length).toBeGreaterThan(5);
    expect(await socket.client.models.retrieve.query({ model: MODEL })).toMatchObject({ object: 'model' });
    expect(socket.opened).toBe(1);
  });

  it('with a bad key is refused as UNAUTHORIZED, each call anew and without reconnecting', async () => {
    await using app = await startApp();
    await using socket = connect(app, { apiKey: 'wrong' });
    const calls = [collect(socket), socket.client.chat.complete.mutate(REQUEST), collect(socket)];
    for (const { data } of await Promise.all(calls.map(failureOf))) {
      expect(data).toMatchObject({ code: 'UNAUTHORIZED', httpStatus: 401, error: INVALID_KEY });
    }
    expect(socket.opened).toBe(1);
    expect(app.fake.requests).toEqual([]);
  });

  it('with lastEventId is refused as PRECONDITION_FAILED, and Claude is not called', async () => {
    await using app = await startApp();
    await using raw = await openRaw(app);
    raw.subscribe(1, REQUEST, 'chatcmpl-1:3');
    raw.subscribe(2, { ...REQUEST, lastEventId: 'chatcmpl-1:3' });
    for (const id of [1, 2]) {
      await eventually(() =>
        expect(framesOf(raw, id)).toContainEqual(
          expect.objectContaining({
            error: expect.objectContaining({
              json: expect.objectContaining({
                data: expect.objectContaining({
                  code: 'PRECONDITION_FAILED',
                  httpStatus: 412,
                  error: expect.objectContaining({ code: 'stream_not_resumable', param: 'lastEventId' }),
                }),
              }),
            }),
          }),
        ),
      );
    }
    expect(app.fake.requests).toEqual([]);
  });

  it('is validated after superjson has read it, so that what JSON lacks is still refused', async () => {
    await using app = await startApp();
    await using socket = connect(app);
    const failure = await failureOf(socket.client.chat.complete.mutate({ ...REQUEST, temperature: Number.NaN }));
    expect(failure.data).toMatchObject({ httpStatus: 400, error: { param: 'temperature' } });
  });
});

describe('a failed call over WebSocket', () => {
  it.each([
    ['a wrong field', { temperature: 3 }, 'BAD_REQUEST', 400, { param: 'temperature', code: 'invalid_value' }],
    ['an unknown model', { model: 'gpt-1' }, 'NOT_FOUND', 404, { param: 'model', code: 'model_not_found' }],
    ['an overload', 529, 'SERVICE_UNAVAILABLE', 503, { type: 'server_error', code: 'overloaded' }],
    ['a rate limit', 429, 'TOO_MANY_REQUESTS', 429, { code: 'rate_limit_exceeded' }],
    ['a refusal of the key', 401, 'BAD_GATEWAY', 502, { code: 'upstream_authentication' }],
    ['a failure of Claude', 500, 'INTERNAL_SERVER_ERROR', 500, { type: 'server_error', code: null }],
  ] satisfies [string, object | number, string, number, object][])(
    'tells %s by the envelope, whole and streamed',
    async (_name, cause, code, httpStatus, error) => {
      await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
      await using socket = connect(app);
      const upstream = typeof cause === 'number';
      if (upstream) app.fake.replyWith(() => ({ status: cause }));
      const fields = upstream ? {} : cause;
      const failures = [
        await failureOf(socket.client.chat.complete.mutate({ ...REQUEST, ...fields })),
        await failureOf(collect(socket, fields)),
      ];
      for (const { data, message } of failures) {
        expect(data).toMatchObject({ code, httpStatus, error: { ...error, message } });
        expect(data['requestId']).toMatch(/^req_/);
      }
      expect(socket.opened).toBe(1);
      const made = app.fake.requests.filter(({ path }) => path === '/v1/messages');
      expect(made).toHaveLength(upstream ? 2 : 0);
    },
  );

  it('in the middle comes after the chunks that were there', async () => {
    await using app = await startApp();
    await using raw = await openRaw(app);
    const { events } = BEGUN as { events: object[] };
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    app.fake.reply({ events: [...events.slice(0, 3), overloaded] });
    raw.subscribe(7, REQUEST);
    await eventually(() => expect(framesOf(raw, 7).at(-1)?.result?.type).toBe('stopped'));
    const frames = framesOf(raw, 7);
    expect(frames.filter(({ result }) => result?.type === 'data').length).toBeGreaterThan(0);
    expect(frames.at(-2)?.error?.json).toMatchObject({ data: { httpStatus: 503, error: { code: 'overloaded' } } });
  });

  it('tells nothing of the inside', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
    await using raw = await openRaw(app);
    vi.spyOn(app.app.services.claude, 'stream').mockRejectedValue(new Error('the database password is 1234'));
    vi.spyOn(app.app.services.claude, 'complete').mockRejectedValue(new TypeError('x is not a function'));
    raw.subscribe(1, REQUEST);
    raw.send({ id: 2, method: 'mutation', params: { path: 'chat.complete', input: { json: REQUEST } } });
    raw.send({ id: 3, method: 'query', params: { path: 'no.such.procedure', input: { json: {} } } });
    raw.send({ id: 4, method: 'mutation', params: { path: 'chat.complete', input: { json: 'text' } } });
    raw.send({ id: 5, method: 'nonsense' });
    raw.socket.send('not JSON');
    await eventually(() => {
      const failed = raw.frames.filter((frame) => typeof frame !== 'string' && frame.error !== undefined);
      expect(failed).toHaveLength(6);
    });
    const text = JSON.stringify(raw.frames);
    expect(text).not.toMatch(/database|is not a function|stack|ZodError|node_modules|\.ts\b/);
    expect(framesOf(raw, 1).at(-2)?.error?.json.data).toMatchObject({ httpStatus: 500, error: { code: null } });
    expect(framesOf(raw, 3)[0]?.error?.json.data).toMatchObject({ httpStatus: 404 });
  });
});

/** The status of an upgrade that is refused; 101 when it is not. */
async function upgrade({ url }: AppResource, headers: Record<string, string>, path = '/trpc'): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers });
  socket.on('error', () => undefined);
  const status = await new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
  });
  socket.terminate();
  return status;
}

describe('the upgrade', () => {
  it('is refused to pages of other origins, and granted to our own and to named ones', async () => {
    await using app = await startApp({ environment: { TRESTLE_CORS_ORIGINS: 'https://app.example.com' } });
    const { host } = new URL(app.url);
    const statuses = await Promise.all(
      [
        {},
        { origin: 'https://app.example.com' },
        { origin: `http://${host}` },
        { origin: 'https://evil.example.com' },
        { origin: 'null' },
      ].map((headers) => upgrade(app, headers as Record<string, string>)),
    );
    expect(statuses).toEqual([101, 101, 101, 403, 403]);
  });

  it('is refused under a foreign name when there are no keys, for a page may have pointed its own name here', async () => {
    await using app = await startApp({ environment: { TRESTLE_API_KEYS: '' } });
    const { port } = new URL(app.url);
    const rebound = { host: `evil.example.com:${port}`, origin: `http://evil.example.com:${port}` };
    expect(await upgrade(app, rebound)).toBe(403);
    expect(await upgrade(app, { host: `localhost:${port}`, origin: `http://localhost:${port}` })).toBe(101);
  });

  it('is refused elsewhere than at /trpc', async () => {
    await using app = await startApp();
    expect([await upgrade(app, {}, '/'), await upgrade(app, {}, '/trpc/chat.stream')]).toEqual([404, 404]);
  });

  it.each([
    ['a path that is no URL', 'GET // HTTP/1.1\r\nhost: 127.0.0.1'],
    ['a host that is none', 'GET /trpc HTTP/1.1\r\nhost: ['],
  ])('is refused with %s, and the server lives on', async (_name, head) => {
    await using app = await startApp();
    const { hostname, port } = new URL(app.url);
    const tcp = connectTcp(Number(port), hostname);
    tcp.end(
      `${head}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    const [data] = (await once(tcp, 'data')) as [Buffer];
    expect(data.toString()).toMatch(/^HTTP\/1\.1 400 /);
    tcp.destroy();
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  });
});

describe('the limits of a socket', () => {
  it('close it with 1009 at a message over TRESTLE_BODY_LIMIT', async () => {
    await using app = await startApp({ environment: { TRESTLE_BODY_LIMIT: '4096' } });
    await using raw = await openRaw(app);
    raw.subscribe(1, { ...REQUEST, messages: [{ role: 'user', content: 'x'.repeat(5000) }] });
    const [code] = (await once(raw.socket, 'close')) as [number];
    expect(code).toBe(1009);
    expect(app.fake.requests).toEqual([]);
  });

  it('refuse every call of a batch that is too long, and none of one that is not', async () => {
    await using app = await startApp();
    await using raw = await openRaw(app);
    const list = { method: 'query', params: { path: 'models.list', input: { json: {} } } };
    const batch = (first: number, length: number): object[] =>
      Array.from({ length }, (_, index) => ({ id: first + index, ...list }));
    raw.send(batch(0, MAX_BATCHED + 1));
    await eventually(() => expect(raw.frames).toHaveLength(MAX_BATCHED + 1));
    const message = expect.stringContaining('A batch holds at most ') as string;
    for (const frame of raw.frames)
      expect(frame).toMatchObject({ error: { json: { message, data: { httpStatus: 400 } } } });
    raw.send(batch(1000, MAX_BATCHED));
    await eventually(() => expect(raw.frames).toHaveLength(MAX_BATCHED * 2 + 1));
    expect(raw.frames.slice(-MAX_BATCHED).every((frame) => typeof frame !== 'string' && frame.result)).toBe(true);
  });
});

describe('keep-alive', () => {
  it('answers PING with PONG', async () => {
    await using app = await startApp();
    await using raw = await openRaw(app);
    raw.socket.send('PING');
    await eventually(() => expect(raw.frames).toEqual(['PONG']));
  });

  it.each([
    ['every 15 s, and closes a socket that is silent for 25 s', {}, 15_000, 25_000],
    ['every 5 s to our own client, and after 12 s', { 'x-trestle-client': 'typescript' }, 5000, 12_000],
  ])('sends PING %s', async (_name, parameters, sayEvery, silence) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
    try {
      await using app = await startApp();
      await using raw = await openRaw(app, { parameters });
      const list = { method: 'query', params: { path: 'models.list', input: { json: {} } } };
      raw.send({ id: 1, ...list });
      await eventually(() => expect(raw.frames.some((frame) => typeof frame !== 'string')).toBe(true));
      // Our own client is sent one at once.
      const pings = (): number => raw.frames.filter((frame) => frame === 'PING').length;
      const before = pings();
      vi.advanceTimersByTime(sayEvery);
      await eventually(() => expect(pings()).toBe(before + 1));
      const closed = once(raw.socket, 'close');
      vi.advanceTimersByTime(silence - sayEvery - 100);
      expect(raw.socket.readyState).toBe(raw.socket.OPEN);
      vi.advanceTimersByTime(200);
      expect((await closed)[0]).toBe(1006);
    } finally {
      vi.useRealTimers();
    }
  });
});
