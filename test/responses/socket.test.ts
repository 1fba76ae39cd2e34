import { once } from 'node:events';
import type OpenAI from 'openai-7';
import { ResponsesWS } from 'openai-7/resources/responses/ws';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Response } from '../../shared/responses/response.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { BEGUN } from '../support/begun-answer.ts';
import { capturesOf } from '../support/captures.ts';
import { eventually } from '../support/eventually.ts';
import type { ClaudeBody } from '../support/rules-body.ts';
import { claudeCalls, gate, words } from '../support/word-stream.ts';
import { clientOf, model } from './responses-client.ts';
import { connect, isLast } from './socket-connection.ts';

// OpenAI's WebSocket of the Responses API, as Codex speaks it.

function lastTexts(app: AppResource): unknown[] {
  return (app.fake.requests.at(-1)!.body as ClaudeBody).messages.map(({ content }) =>
    typeof content === 'string' ? content : content.map((block) => ('text' in block ? block.text : block.type)),
  );
}

test.each(capturesOf(/^codex-11-/))(
  '$name: what Codex sends over one connection is taken, its calls too',
  async ({ frames }) => {
    const TRESTLE_MODEL_ALIASES = JSON.stringify({ [String(frames![0]!['model'])]: model });
    await using app = await startApp({ environment: { TRESTLE_MODEL_ALIASES } });
    await using connection = await connect(app);
    app.fake.replyWith(({ tools, messages }) =>
      messages.length === 1
        ? { message: { content: [{ type: 'tool_use', id: 'toolu_1', name: tools![0]!.name, input: { input: 'ls' } }] } }
        : { message: { content: [{ type: 'text', text: 'Done.' }] } },
    );
    let last: Response | undefined;
    for (const frame of frames!) {
      const { previous_response_id: previous, input, ...body } = frame;
      const call = last?.output.find((item) => 'call_id' in item);
      // The ids of what was answered then are not those of today.
      const items = (input as { call_id?: string }[]).map((item) => ({
        ...item,
        ...(item.call_id && call && { call_id: (call as { call_id: string }).call_id }),
      }));
      const ended = await connection.ask({
        ...body,
        input: items,
        ...(previous !== undefined && { previous_response_id: last!.id }),
      });
      expect([ended.type, ended.error]).toEqual(['response.completed', undefined]);
      last = ended.response;
    }
    expect(last!.output).toMatchObject([{ type: 'message', content: [{ text: 'Done.' }] }]);
    expect([claudeCalls(app), app.fake.refusals]).toEqual([2, []]);
  },
);

test('what Claude refuses comes as a frame with its status, and with when to try again', async () => {
  await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  await using connection = await connect(app);
  const refuse = (status: number, type: string): void =>
    app.fake.reply({
      status,
      body: { type: 'error', error: { type, message: 'x' } },
      headers: { 'retry-after': '12' },
    });
  refuse(429, 'rate_limit_error');
  expect(await connection.ask({ input: 'x' })).toMatchObject({
    type: 'error',
    status: 429,
    headers: { 'retry-after': '12' },
    error: { code: 'rate_limit_exceeded' },
  });
  refuse(529, 'overloaded_error');
  expect(await connection.ask({ input: 'x' })).toMatchObject({
    type: 'error',
    status: 503,
    error: { code: 'overloaded' },
  });
  app.fake.reply({ events: [...words(2), { type: 'error', error: { type: 'overloaded_error', message: 'x' } }] });
  expect(await connection.ask({ input: 'x' })).toMatchObject({
    type: 'response.failed',
    response: { status: 'failed', error: { code: 'server_error' } },
  });
  expect(await connection.ask({ input: 'x' })).toMatchObject({ type: 'response.completed' });
});

test('a connection carries so many requests at a time, and no frame that is too long', async () => {
  const environment = { TRESTLE_MAX_SUBSCRIPTIONS: '2', TRESTLE_BODY_LIMIT: '2000' };
  await using app = await startApp({ environment });
  await using connection = await connect(app);
  app.fake.replyWith(() => BEGUN);
  for (const id of ['a', 'b', 'c']) connection.send({ input: 'x', stream_id: id });
  const refused = await connection.until(({ type }) => type === 'error');
  expect(refused.at(-1)).toMatchObject({ status: 429, error: { code: 'too_many_subscriptions' }, stream_id: 'c' });
  const closed = once(connection.socket, 'close');
  connection.send({ input: 'x'.repeat(3000) });
  expect((await closed)[0]).toBe(1009);
  await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));
});

test('OpenAI’s own WebSocket client asks, and goes on', async () => {
  await using app = await startApp();
  const socket = new ResponsesWS(clientOf(app));
  const ended = (): Promise<OpenAI.Responses.Response> =>
    new Promise((resolve, reject) => {
      socket.on('response.completed', ({ response }) => resolve(response));
      socket.on('error', reject);
    });
  const first = ended();
  socket.send({ type: 'response.create', model, input: 'Hello', store: false });
  const { id, output } = await first;
  expect(output.at(-1)).toMatchObject({ type: 'message' });
  const second = ended();
  socket.send({ type: 'response.create', model, input: 'And?', previous_response_id: id, store: false });
  expect((await second).previous_response_id).toBe(id);
  expect(lastTexts(app).slice(-1)).toEqual(['And?']);
  socket.close();
});

describe('a connection', () => {
  test('warms up without Claude, and goes on from each response though nothing is stored', async () => {
    await using app = await startApp();
    await using connection = await connect(app);
    const warm = await connection.ask({ generate: false, input: [], store: false });
    expect(warm).toMatchObject({ type: 'response.completed', response: { output: [], usage: { total_tokens: 0 } } });
    expect(claudeCalls(app)).toBe(0);
    const input = (content: string) => ({ store: false, input: [{ role: 'user', content }] });
    const first = await connection.ask({ ...input('one'), previous_response_id: warm.response!.id });
    const second = await connection.ask({ ...input('two'), previous_response_id: first.response!.id });
    expect(second.type).toBe('response.completed');
    expect(lastTexts(app)).toEqual(['one', ['thinking', 'Hello! How can I help you today?'], 'two']);
    expect(app.fake.refusals).toEqual([]);
  });

  test('answers one request after the other, and those of other streams meanwhile', async () => {
    await using app = await startApp();
    await using connection = await connect(app);
    const { opened, open } = gate();
    app.fake.reply({ events: words(2, (index) => (index === 1 ? opened : undefined)) });
    connection.send({ input: 'first' });
    await connection.until(({ delta }) => delta === '0 ');
    connection.send({ input: 'second' });
    connection.send({ input: 'beside', stream_id: 'b' });
    const beside = await connection.until(isLast);
    expect(new Set(beside.map(({ stream_id: id }) => id))).toEqual(new Set(['b']));
    expect(claudeCalls(app)).toBe(2);
    open();
    const first = await connection.until(isLast);
    const second = await connection.until(isLast);
    for (const frames of [first, second]) for (const frame of frames) expect(frame).not.toHaveProperty('stream_id');
    expect(second.map(({ sequence_number: number }) => number)).toEqual(second.map((_, index) => index));
    expect(claudeCalls(app)).toBe(3);
  });

  test("does not know another one's responses", async () => {
    await using app = await startApp();
    await using one = await connect(app);
    await using other = await connect(app);
    const { response } = await one.ask({ input: 'x', store: false });
    const unknown = await other.ask({ input: 'y', previous_response_id: response!.id });
    expect(unknown).toMatchObject({
      type: 'error',
      status: 400,
      error: { code: 'previous_response_not_found', param: 'previous_response_id' },
    });
    // It is still there to talk to.
    expect(await other.ask({ input: 'z' })).toMatchObject({ type: 'response.completed' });
  });

  test('that is closed has Claude stop', async () => {
    await using app = await startApp();
    const connection = await connect(app);
    app.fake.reply(BEGUN);
    connection.send({ input: 'x' });
    await connection.until(({ type }) => type === 'response.output_text.delta');
    connection.socket.close();
    await app.fake.requests.at(-1)!.closed;
    expect(app.fake.requests.at(-1)!.finished).toBe(false);
  });

  test('refuses to steer, and what is no request, and goes on', async () => {
    await using app = await startApp();
    await using connection = await connect(app);
    connection.send({ type: 'response.steer', input: 'x', previous_response_id: 'resp_1' });
    connection.send({ type: 'session.update' });
    connection.socket.send('{"type":');
    connection.socket.send('[]');
    connection.socket.send(Buffer.from([1, 2]));
    connection.send({ input: 7 });
    const frames = await connection.until(({ error }) => error?.param === 'input');
    expect(frames).toMatchObject([
      { type: 'response.steer.failed', error: { code: 'steering_not_supported' } },
      { type: 'error', status: 400, error: { param: 'type' } },
      { type: 'error', status: 400, error: { message: 'The frame is not JSON' } },
      { type: 'error', status: 400 },
      { type: 'error', status: 400 },
      { type: 'error', status: 400, error: { code: 'invalid_type', param: 'input' } },
    ]);
    expect(await connection.ask({ input: 'x' })).toMatchObject({ type: 'response.completed' });
  });

  test('says which stream has too many requests waiting', async () => {
    await using app = await startApp();
    await using connection = await connect(app);
    app.fake.reply(BEGUN);
    for (let count = 0; count < 17; count += 1) connection.send({ input: 'x', stream_id: 'a' });
    const frames = await connection.until(({ type }) => type === 'error');
    expect(frames.at(-1)).toMatchObject({ status: 429, stream_id: 'a', error: { code: 'too_many_subscriptions' } });
  });

  test('ends with the server, by 1001', async () => {
    const app = await startApp();
    const connection = await connect(app);
    const closed = once(connection.socket, 'close');
    await app[Symbol.asyncDispose]();
    expect((await closed)[0]).toBe(1001);
  });
});

test.each([
  ['without a key', {}, {}, 401, 'invalid_api_key'],
  ['of a page of another origin', { origin: 'https://evil.example' }, {}, 403, 'origin_not_allowed'],
  ['where it is switched off', {}, { TRESTLE_RESPONSES_WEBSOCKET: 'false' }, 426, null],
])('a connection %s is refused over HTTP', async (what, headers, environment, status, code) => {
  await using app = await startApp({ environment });
  const authorization = what === 'without a key' ? {} : { authorization: `Bearer ${app.apiKey}` };
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/v1/responses`, {
    headers: { ...authorization, ...headers },
  });
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    AsyncIterable<Buffer> & { statusCode: number },
  ];
  let body = '';
  for await (const chunk of response) body += chunk.toString();
  expect([response.statusCode, JSON.parse(body)]).toMatchObject([status, { error: { code } }]);
});
