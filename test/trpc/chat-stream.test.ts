import { describe, expect, test } from 'vitest';
import {
  type ChatCompletionChunk,
  type ChatStream,
  createTrestleClient,
  type TrestleClient,
  TrestleError,
} from '../../client/index.ts';
import type { StreamState } from '../../client/stream/state.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import { claudeCalls, expectedWords, gate, words } from '../support/word-stream.ts';
import { MODEL } from '../upstream/post-chat.ts';

const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Count' }] };
const WEATHER = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

type Transport = 'websocket' | 'http';
type Connection = { client: TrestleClient } & AsyncDisposable;

function connect({ url, apiKey }: Pick<AppResource, 'url' | 'apiKey'>, transport: Transport): Connection {
  const client = createTrestleClient({ url, apiKey, transport });
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

async function collect(stream: ChatStream): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const textOf = (chunks: ChatCompletionChunk[]) => chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

/** Without what differs from answer to answer. */
const plain = (answer: object) => ({ ...answer, id: '', created: 0 });

async function failureOf(promise: Promise<unknown>): Promise<TrestleError> {
  const thrown = await promise.then(
    (value) => expect.fail(`no failure: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(TrestleError);
  return thrown as TrestleError;
}

test('both transports give the same chunks, and they fold to the whole answer', async () => {
  await using app = await startApp();
  await using socket = connect(app, 'websocket');
  await using http = connect(app, 'http');
  const request = { ...REQUEST, seed: 7, tools: [WEATHER], stream_options: { include_usage: true } };
  app.fake.replyWith(() => ({
    message: {
      content: [
        { type: 'text', text: 'Let me see.', citations: null },
        { type: 'tool_use', id: 'toolu_01', name: 'weather', input: { city: 'Wien' } },
      ],
    },
  }));

  const [one, other] = [socket.client.stream(request), http.client.stream(request)];
  const [chunks, others] = [await collect(one), await collect(other)];

  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
  expect(chunks.at(-1)?.notices).toMatchObject([{ param: 'seed', action: 'ignored' }]);
  expect(others.map(plain)).toEqual(chunks.map(plain));
  const whole = await socket.client.complete({ ...request, stream_options: undefined });
  expect(plain(await one.completion())).toEqual(plain(whole));
  expect(plain(await other.completion())).toEqual(plain(whole));
  expect(await other.toolCalls()).toMatchObject([{ type: 'function', function: { name: 'weather' } }]);
});

describe.each<Transport>(['websocket', 'http'])('a stream over %s', (transport) => {
  test('gives its whole without anybody reading the chunks, as often as asked', async () => {
    await using app = await startApp();
    await using connection = connect(app, transport);
    app.fake.reply({ events: words(200) });

    const stream = connection.client.stream(REQUEST);
    expect([stream.id, stream.state]).toEqual([undefined, 'connecting']);
    const [text, again, completion] = await Promise.all([stream.text(), stream.text(), stream.completion()]);

    expect(text).toBe(expectedWords(200));
    expect(again).toBe(text);
    expect(completion.choices[0]?.message.content).toBe(text);
    expect(await stream.toolCalls()).toEqual([]);
    expect([stream.id, stream.state]).toEqual([completion.id, 'closed']);
    expect(claudeCalls(app)).toBe(1);
  });

  test('gives its whole beside the chunks: asked before, during and after', async () => {
    await using app = await startApp();
    await using connection = connect(app, transport);
    app.fake.reply({ events: words(30) });

    const stream = connection.client.stream(REQUEST);
    const asked = [stream.text()];
    const chunks: ChatCompletionChunk[] = [];
    for await (const chunk of stream) {
      if (chunks.push(chunk) === 5) asked.push(stream.text());
      expect(stream.id).toBe(chunk.id);
    }
    asked.push(stream.text());

    expect(textOf(chunks)).toBe(expectedWords(30));
    expect(await Promise.all(asked)).toEqual(Array(3).fill(expectedWords(30)));
    expect(claudeCalls(app)).toBe(1);
  });

  test('ends at Claude when the reader leaves the loop, and its whole is then cancelled', async () => {
    await using app = await startApp();
    await using connection = connect(app, transport);
    app.fake.reply({ events: words(3, (index) => (index === 2 ? gate().opened : undefined)) });

    const stream = connection.client.stream(REQUEST);
    const whole = failureOf(stream.completion());
    for await (const chunk of stream) if (textOf([chunk]) !== '') break;

    expect(await whole).toMatchObject({ status: 499, code: 'cancelled' });
    await app.fake.requests[0]!.closed;
    await eventually(() => expect(app.app.services.answerStore.running).toBe(0));
    expect(stream.state).toBe('closed');
  });

  test.each([
    ['before', true],
    ['after', false],
  ])('ends at Claude when it is aborted %s its first chunk', async (_when, hang) => {
    await using app = await startApp();
    await using connection = connect(app, transport);
    app.fake.reply(hang ? { hang } : { events: words(3, (index) => (index === 2 ? gate().opened : undefined)) });

    const stream = connection.client.stream(REQUEST);
    const text = failureOf(stream.text());
    const upstream = await app.fake.waitForRequest();
    if (!hang) await eventually(() => expect(stream.lastEventId).toMatch(/:[1-9]$/));
    stream.abort();

    expect(await text).toMatchObject({ code: 'cancelled' });
    await upstream.closed;
    expect(upstream.finished).toBe(false);
    await expect(stream.next()).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test("ends with a signal's reason", async () => {
    await using app = await startApp();
    await using connection = connect(app, transport);
    app.fake.reply({ hang: true });
    const leaving = new AbortController();

    const text = connection.client.stream(REQUEST, { signal: leaving.signal }).text();
    const upstream = await app.fake.waitForRequest();
    const reason = new Error('the tab was closed');
    leaving.abort(reason);

    await expect(text).rejects.toBe(reason);
    await upstream.closed;
  });

  test('ends past its deadline', async () => {
    await using app = await startApp();
    await using connection = connect(app, transport);
    app.fake.reply({ hang: true });

    const stream = connection.client.stream(REQUEST, { deadlineMs: 100 });

    expect(await failureOf(stream.next())).toMatchObject({ status: 0, code: 'deadline_exceeded' });
    await (
      await app.fake.waitForRequest()
    ).closed;
  });

  test('fails like the other transport when the answer breaks off', async () => {
    await using app = await startApp();
    await using connection = connect(app, transport);
    const broken = gate();
    const events = words(3, (index) => (index === 2 ? broken.opened : undefined)).slice(0, -3);
    app.fake.reply({ events, cut: 'reset' });

    const stream = connection.client.stream(REQUEST);
    let text = '';
    const reading = (async () => {
      for await (const chunk of stream) {
        text += textOf([chunk]);
        if (text === '0 1 ') broken.open();
      }
    })();

    expect(await failureOf(reading)).toMatchObject({ status: 502, type: 'server_error', code: 'upstream_error' });
    expect(text).toMatch(/^0 1 /);
    expect(await failureOf(stream.completion())).toMatchObject({ code: 'upstream_error' });
  });

  test('fails with what the server says before the first chunk', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0', TRESTLE_BODY_LIMIT: '2000' } });
    await using connection = connect(app, transport);
    await using intruder = connect({ ...app, apiKey: 'wrong' }, transport);
    app.fake.reply({ status: 429, headers: { 'retry-after': '30' } });
    const { client } = connection;
    const long = [{ role: 'user' as const, content: 'x'.repeat(3000) }];

    expect(await failureOf(client.stream(REQUEST).text())).toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      retryAfter: 30,
      requestId: expect.stringMatching(/^req_/),
    });
    expect(await failureOf(intruder.client.stream(REQUEST).text())).toMatchObject({ status: 401, param: null });
    const unknown = await failureOf(client.stream({ ...REQUEST, model: 'gpt-9' }).text());
    expect(unknown).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    const tooLong = await failureOf(client.stream({ ...REQUEST, messages: long }).text());
    expect(tooLong).toMatchObject({ status: 413, code: 'request_too_large' });
    expect(claudeCalls(app)).toBe(1);
  });

  test('joins the answer of its name, which is a conflict for another request', async () => {
    await using app = await startApp();
    await using connection = connect(app, transport);
    const { client } = connection;

    const options = { idempotencyKey: 'order-7' };
    const [one, other] = [client.stream(REQUEST, options), client.stream(REQUEST, options)];
    expect(await one.text()).toBe(await other.text());
    expect(one.id).toBe(other.id);
    const another = client.stream({ ...REQUEST, max_tokens: 9 }, options);
    expect(await failureOf(another.text())).toMatchObject({ status: 409, code: 'idempotency_conflict' });
    expect(claudeCalls(app)).toBe(1);
  });

  test('is read again from its start, or on from an event', async () => {
    await using app = await startApp();
    await using connection = connect(app, transport);
    const { client } = connection;
    app.fake.reply({ events: words(10) });
    const stream = client.stream(REQUEST);
    const chunks = await collect(stream);

    const whole = client.resume(stream.id!);
    expect(await collect(whole)).toEqual(chunks);
    expect([whole.id, whole.lastEventId]).toEqual([stream.id, stream.lastEventId]);
    expect(await collect(client.resume(`${stream.id}:4`))).toEqual(chunks.slice(5));
    const nothing = client.resume(stream.lastEventId!);
    expect([await collect(nothing), await nothing.text()]).toEqual([[], '']);
    expect(await failureOf(nothing.completion())).toMatchObject({ code: 'incomplete_stream' });
    expect(await failureOf(client.resume('chatcmpl-none').text())).toMatchObject({ code: 'stream_not_resumable' });
    expect(claudeCalls(app)).toBe(1);
  });

  test('fails when its client is closed', async () => {
    await using app = await startApp();
    await using connection = connect(app, transport);
    app.fake.reply({ events: words(2, (index) => (index === 1 ? gate().opened : undefined)) });
    const stream = connection.client.stream(REQUEST);
    const states: StreamState[] = [];
    stream.on('state', (state) => states.push(state));
    await stream.next();

    const failure = failureOf(stream.completion());
    await connection.client.close();

    expect(await failure).toMatchObject({ code: 'connection_error' });
    expect(states).toEqual(['open', 'closed']);
    await app.fake.requests[0]!.closed;
  });
});
