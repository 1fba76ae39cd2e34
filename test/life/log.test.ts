import { expect, it } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/fake-claude.ts';
import { readToCut } from '../support/rest-request.ts';
import { connect } from '../trpc/socket-client.ts';
import { MODEL, postChat } from '../upstream/post-chat.ts';

const SECRET = 'the-crown-jewels-are-in-the-cellar';
const MESSAGES = [{ role: 'user' as const, content: SECRET }];
const LOUDEST = { environment: { LOG_LEVEL: 'trace', TRESTLE_MAX_RETRIES: '0' } };
const DELTA = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: SECRET } };
const BEGIN = [
  { type: 'message_start', message: { id: 'msg_1', model: MODEL, usage: { input_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  DELTA,
];
const TELLING = { type: 'error', error: { type: 'invalid_request_error', message: `messages.0: ${SECRET}` } };

/** The lines of finished requests, once there are so many. */
async function linesOf({ logs }: AppResource, count: number): Promise<Record<string, unknown>[]> {
  await eventually(() => expect(logs.length).toBeGreaterThanOrEqual(count));
  expect(logs).toHaveLength(count);
  return logs;
}

it.each([{ stream: false }, { stream: true }])(
  'tells one line a request of how it went: stream $stream',
  async (fields) => {
    await using app = await startApp(LOUDEST);
    const response = await postChat(app, fields);
    await response.text();
    const [line] = await linesOf(app, 1);
    expect(line).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      msg: 'request',
      method: 'POST',
      route: '/v1/chat/completions',
      status: 200,
      model: 'claude-haiku-4-5-20251001',
      promptTokens: expect.any(Number),
      completionTokens: expect.any(Number),
      cost: expect.any(Number),
      firstByteMs: expect.any(Number),
      ms: expect.any(Number),
      requestId: response.headers.get('x-request-id'),
      key: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
  },
);

it('tells a line for each call of a socket, and of a tRPC request', async () => {
  await using app = await startApp(LOUDEST);
  await using socket = connect(app);
  await socket.client.chat.complete.mutate({ model: MODEL, messages: MESSAGES });
  for await (const chunk of socket.client.chat.stream.subscribe({ model: MODEL, messages: MESSAGES }))
    expect(chunk.id).toBeTruthy();
  await fetch(`${app.url}/trpc/models.list`, { headers: { authorization: `Bearer ${app.apiKey}` } });
  const lines = await linesOf(app, 3);
  expect(lines.map(({ method, route, status }) => [method, route, status])).toEqual([
    ['WS', 'chat.complete', 200],
    ['WS', 'chat.stream', 200],
    ['GET', '/trpc/models.list', 200],
  ]);
  for (const line of lines.slice(0, 2)) {
    expect(line).toMatchObject({ promptTokens: expect.any(Number), key: expect.stringMatching(/^[0-9a-f]{8}$/) });
  }
});

it('tells a caller that left from an answer that failed', async () => {
  await using app = await startApp(LOUDEST);
  const hang = (): Promise<void> => new Promise(() => undefined);
  app.fake.reply({ hang: true });
  app.fake.reply({ events: [...BEGIN, hang] });
  app.fake.reply({ events: [...BEGIN, hang] });

  const before = new AbortController();
  postChat(app, {}, { signal: before.signal }).catch(() => undefined);
  await app.fake.waitForRequest(1);
  before.abort();
  await linesOf(app, 1);

  const during = new AbortController();
  await postChat(app, { stream: true }, { signal: during.signal });
  during.abort();
  await linesOf(app, 2);

  await using socket = connect(app);
  await new Promise<void>((resolve) => {
    const subscription = socket.client.chat.stream.subscribe(
      { model: MODEL, messages: MESSAGES },
      {
        onData: () => {
          subscription.unsubscribe();
          resolve();
        },
      },
    );
  });
  const lines = await linesOf(app, 3);
  expect(lines.map(({ level, status }) => [level, status])).toEqual([
    [30, 499],
    [30, 499],
    [30, 499],
  ]);
});

it('tells failures of Claude as errors, with the kind of failure', async () => {
  await using app = await startApp(LOUDEST);
  app.fake.reply({ status: 500 });
  await postChat(app);
  const [line] = await linesOf(app, 1);
  expect(line).toMatchObject({ level: 50, status: 500, msg: 'request failed', err: { type: expect.any(String) } });
});

it('never tells a key or what was said, however it goes', async () => {
  await using app = await startApp(LOUDEST);
  const telling = { type: 'error', error: { ...TELLING.error }, request_id: 'req_1' };
  const answers: Answer[] = [
    { message: { content: [{ type: 'text', text: SECRET }] } },
    { status: 400, body: telling },
    { status: 500, body: telling },
    { status: 502, body: `<html>${SECRET}</html>` },
    { status: 200, body: `{"content": ["${SECRET}` },
    { status: 200, body: { content: SECRET } },
    { reset: true },
  ];
  const streams: Answer[] = [
    { message: { content: [{ type: 'text', text: SECRET }] } },
    { events: [TELLING] },
    { events: [...BEGIN, TELLING] },
    { events: BEGIN, cut: 'reset' },
    { sse: `data: {"type":"${SECRET}\n\n` },
    { status: 529, body: telling },
  ];
  let count = 0;
  for (const answer of answers) {
    app.fake.reply(answer);
    await (await postChat(app, { messages: MESSAGES })).text();
    count += 1;
  }
  for (const answer of streams) {
    app.fake.reply(answer);
    await readToCut(await postChat(app, { messages: MESSAGES, stream: true }));
    count += 1;
  }
  const post = (path: string, body: string, key = app.apiKey): Promise<Response> =>
    fetch(`${app.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body,
    });
  const bodies = [`{"messages": "${SECRET}"}`, `{"messages": ["${SECRET}`, JSON.stringify({ json: { x: SECRET } })];
  for (const body of bodies) {
    await post('/v1/chat/completions', body);
    await post('/trpc/chat.complete', body);
    await post(`/v1/nowhere?q=${SECRET}`, body, 'sk-wrong-key');
    count += 3;
  }
  const input = encodeURIComponent(JSON.stringify({ json: { model: MODEL, messages: MESSAGES } }));
  await (
    await fetch(`${app.url}/trpc/chat.stream?input=${input}`, { headers: { authorization: `Bearer ${app.apiKey}` } })
  ).text();
  count += 1;

  const text = JSON.stringify(await linesOf(app, count));
  for (const secret of [SECRET, app.apiKey, 'test-upstream-key', 'sk-wrong-key']) expect(text).not.toContain(secret);
});

it('tells less as LOG_LEVEL says', async () => {
  await using app = await startApp({ environment: { LOG_LEVEL: 'error', TRESTLE_MAX_RETRIES: '0' } });
  await (await postChat(app)).text();
  app.fake.reply({ status: 500 });
  await (await postChat(app)).text();
  expect(await linesOf(app, 1)).toMatchObject([{ status: 500 }]);
});
