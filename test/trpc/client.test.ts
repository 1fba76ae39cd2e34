import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type ChatCompletionChunk, createTrestleClient, type TrestleClient, TrestleError } from '../../client/index.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { toEvents } from '../support/claude-events.ts';
import { findFakeModel } from '../support/claude-models.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, completeMessage } from '../support/fake-answer.ts';

const request = { model: 'claude-sonnet-4-6', messages: [{ role: 'user' as const, content: 'Hello!' }] };

/** A client of the app, with the sockets that it opens. */
function connect({ url, apiKey }: Pick<AppResource, 'url' | 'apiKey'>, strict = false) {
  const sockets: WebSocket[] = [];
  class Recorded extends WebSocket {
    constructor(address: string) {
      super(address);
      sockets.push(this);
    }
  }
  const client = createTrestleClient({ url, apiKey, strict, WebSocket: Recorded });
  return { client, sockets, [Symbol.asyncDispose]: () => client.close() };
}

function disposable(client: TrestleClient): TrestleClient & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

/** Events up to the first words, then what `next` does: nothing, unless told otherwise. */
function unfinished(next: () => Promise<void> = () => new Promise(() => {})): Answer {
  const body = { model: request.model, messages: [] };
  const content = [{ type: 'text', text: 'A beginning', citations: null }];
  const message = completeMessage({ content }, body, findFakeModel(request.model)!);
  return { events: [...toEvents(message).slice(0, 4), next], cut: 'reset' };
}

async function failureOf(promise: Promise<unknown>): Promise<TrestleError> {
  const thrown = await promise.then(
    (value) => expect.fail(`no failure: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(TrestleError);
  return thrown as TrestleError;
}

async function collect(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const textOf = (chunks: ChatCompletionChunk[]) => chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

/** Reads on until there is text. */
async function firstWords(stream: AsyncIterator<ChatCompletionChunk, undefined>): Promise<string> {
  for (;;) {
    const { done, value } = await stream.next();
    if (done) return '';
    const text = textOf([value]);
    if (text !== '') return text;
  }
}

const claudeCalls = ({ fake }: AppResource) => fake.requests.filter(({ path }) => path === '/v1/messages').length;

describe('answers', () => {
  test('the same text comes whole and in chunks', async () => {
    await using app = await startApp();
    await using connection = connect(app);
    const { client } = connection;

    const completion = await client.complete(request);
    const chunks = await collect(client.stream({ ...request, stream_options: { include_usage: true } }));

    expect(completion).toMatchObject({ object: 'chat.completion', model: request.model });
    expect(completion.choices[0]?.message.content).toBe('Hello! How can I help you today?');
    expect(textOf(chunks)).toBe('Hello! How can I help you today?');
    expect(new Set(chunks.map(({ id, object }) => `${id} ${object}`)).size).toBe(1);
    expect(chunks.at(-1)?.usage?.total_tokens).toBe(completion.usage?.total_tokens);
  });

  test('streams share one socket, and whole answers need none', async () => {
    await using app = await startApp();
    await using connection = connect(app);
    const { client, sockets } = connection;

    await client.complete(request);
    expect(sockets).toHaveLength(0);
    await Promise.all(Array.from({ length: 5 }, () => collect(client.stream(request))));
    expect(sockets).toHaveLength(1);
  });

  test('models are listed, and found by a retired id', async () => {
    await using app = await startApp();
    await using connection = connect(app);
    const { models } = connection.client;

    const list = await models.list();
    expect(list.object).toBe('list');
    expect(list.data.map(({ id }) => id)).toContain('claude-sonnet-5-5');
    expect(await models.retrieve('claude-sonnet-4-20250514')).toMatchObject({ id: 'claude-sonnet-4-6' });
  });

  test.each(['websocket', 'http'] as const)('fields of `extra` are part of the request over %s', async (transport) => {
    await using app = await startApp();
    await using client = disposable(createTrestleClient({ url: app.url, apiKey: app.apiKey, transport }));
    const extra = { seed: 7, wish: 'tea' };
    const noted = [
      { param: 'seed', action: 'ignored' },
      { param: 'wish', action: 'ignored' },
    ];

    expect((await client.complete(request, { extra })).notices).toMatchObject(noted);
    expect((await collect(client.stream(request, { extra }))).at(-1)?.notices).toMatchObject(noted);
    expect(await failureOf(client.complete(request, { extra: { stream: true } }))).toMatchObject({ param: 'stream' });
  });

  test('what is not honoured is noted, or refused by a strict client', async () => {
    await using app = await startApp();
    await using lax = connect(app);
    await using strict = connect(app, true);
    const seeded = { ...request, seed: 7 };

    expect((await lax.client.complete(seeded)).notices).toMatchObject([{ param: 'seed', action: 'ignored' }]);
    expect((await collect(lax.client.stream(seeded))).at(-1)?.notices).toMatchObject([{ param: 'seed' }]);
    const refused = { status: 400, code: 'unsupported_parameter', param: 'seed' };
    expect(await failureOf(strict.client.complete(seeded))).toMatchObject(refused);
    expect(await failureOf(strict.client.stream(seeded).next())).toMatchObject(refused);
  });
});

type Verb = (client: TrestleClient, body: typeof request, signal?: AbortSignal) => Promise<unknown>;
const verbs: [string, Verb][] = [
  ['complete', (client, body, signal) => client.complete(body, { signal })],
  ['stream', (client, body, signal) => collect(client.stream(body, { signal }))],
];

describe.each(verbs)('failures of %s', (_name, call) => {
  test('have the fields of the envelope', async () => {
    await using app = await startApp();
    await using connection = connect(app);
    await using intruder = connect({ ...app, apiKey: 'wrong' });

    expect(await failureOf(call(intruder.client, request))).toMatchObject({
      status: 401,
      type: 'invalid_request_error',
      code: 'invalid_api_key',
      param: null,
      requestId: expect.stringMatching(/^req_/),
    });
    const broken = { ...request, messages: [{ role: 'user' as const, content: 5 as unknown as string }] };
    expect(await failureOf(call(connection.client, broken))).toMatchObject({
      status: 400,
      param: 'messages[0].content',
    });
    const unknown = await failureOf(call(connection.client, { ...request, model: 'gpt-9' }));
    expect(unknown).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    expect(unknown.message).toContain('gpt-9');
  });

  test('tell when to come back, and Claude is asked once', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
    await using connection = connect(app);
    app.fake.reply({ status: 429, headers: { 'retry-after': '30' } });

    expect(await failureOf(call(connection.client, request))).toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      retryAfter: 30,
    });
    expect(claudeCalls(app)).toBe(1);
  });

  test('are connection errors when nothing answers', async () => {
    const app = await startApp();
    await app[Symbol.asyncDispose]();
    await using connection = connect(app);

    const failure = await failureOf(call(connection.client, request));
    expect(failure).toMatchObject({ status: 0, type: 'connection_error', code: 'connection_error' });
    expect(failure.message).toContain('ECONNREFUSED');
  });

  test('are 413 for a request longer than the server takes', async () => {
    await using app = await startApp({ environment: { TRESTLE_BODY_LIMIT: '2000' } });
    await using connection = connect(app);
    const long = { ...request, messages: [{ role: 'user' as const, content: 'x'.repeat(3000) }] };

    expect(await failureOf(call(connection.client, long))).toMatchObject({ status: 413, code: 'request_too_large' });
    expect(claudeCalls(app)).toBe(0);
  });

  test('are the reason of the signal, and Claude is cancelled', async () => {
    await using app = await startApp();
    await using connection = connect(app);
    app.fake.reply({ hang: true });
    const leaving = new AbortController();
    const reason = new Error('the tab was closed');

    const running = call(connection.client, request, leaving.signal);
    const upstream = await app.fake.waitForRequest();
    leaving.abort(reason);

    await expect(running).rejects.toBe(reason);
    await upstream.closed;
    expect(upstream.finished).toBe(false);
    await expect(call(connection.client, request, leaving.signal)).rejects.toBe(reason);
    expect(claudeCalls(app)).toBe(1);
  });
});

describe('streams that end early', () => {
  test('Claude is cancelled when the reader leaves', async () => {
    await using app = await startApp();
    await using connection = connect(app);
    app.fake.reply(unfinished());

    for await (const chunk of connection.client.stream(request)) if (textOf([chunk]) !== '') break;

    const upstream = await app.fake.waitForRequest();
    await upstream.closed;
    expect(upstream.finished).toBe(false);
  });

  test('Claude is cancelled when the reader leaves before the first chunk', async () => {
    await using app = await startApp();
    await using connection = connect(app);
    app.fake.reply({ hang: true });

    const stream = connection.client.stream(request);
    const first = stream.next();
    const upstream = await app.fake.waitForRequest();
    await stream.return?.();

    expect(await first).toEqual({ done: true, value: undefined });
    await upstream.closed;
    expect(upstream.finished).toBe(false);
  });

  test('an answer that breaks off upstream is an error after its chunks', async () => {
    await using app = await startApp();
    await using connection = connect(app);
    let breakOff = (): void => {};
    const broken = new Promise<void>((resolve) => (breakOff = resolve));
    app.fake.reply(unfinished(() => broken));

    const stream = connection.client.stream(request);
    expect(await firstWords(stream)).toBe('A beginning');
    breakOff();
    expect(await failureOf(stream.next())).toMatchObject({ status: 502, code: 'upstream_error' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('a client that is closed fails its streams', async () => {
    await using app = await startApp();
    await using connection = connect(app);
    app.fake.reply(unfinished());

    const stream = connection.client.stream(request);
    await firstWords(stream);
    const failure = failureOf(stream.next());
    await connection.client.close();

    expect(await failure).toMatchObject({ code: 'connection_error' });
  });
});

describe('a lost connection never makes a second call to Claude', () => {
  test('before the first chunk the stream joins the answer that it started', async () => {
    await using app = await startApp();
    await using connection = connect(app);
    const { client, sockets } = connection;
    let answer = (): void => {};
    const gate = new Promise<void>((resolve) => (answer = resolve));
    app.fake.replyWith(async () => {
      await gate;
      return { message: { content: [{ type: 'text', text: 'late' }] } };
    });

    const chunks = collect(client.stream(request));
    await app.fake.waitForRequest();
    sockets[0]?.terminate();
    await eventually(() => expect(sockets[1]?.readyState).toBe(WebSocket.OPEN));
    answer();

    expect(textOf(await chunks)).toBe('late');
    expect(sockets).toHaveLength(2);
    expect(claudeCalls(app)).toBe(1);
  });

  test('after it the server is asked to go on, and says when it can not', async () => {
    await using app = await startApp({ environment: { TRESTLE_RESUME_GRACE_MS: '0' } });
    await using connection = connect(app);
    const { client, sockets } = connection;
    app.fake.reply(unfinished());

    const stream = client.stream(request);
    await firstWords(stream);
    const failure = failureOf(stream.next());
    sockets[0]?.terminate();

    expect(await failure).toMatchObject({ status: 412, code: 'stream_not_resumable' });
    expect(sockets).toHaveLength(2);
    expect(claudeCalls(app)).toBe(1);
  });

  test('a socket that is idle is closed, so that a script can end', async () => {
    await using app = await startApp();
    await using connection = connect(app);
    await collect(connection.client.stream(request));
    await eventually(() => expect(connection.sockets[0]?.readyState).toBe(WebSocket.CLOSED));
  });
});
