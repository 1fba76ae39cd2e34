import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO } from '../support/rest-request.ts';
import { openRaw } from '../trpc/socket-client.ts';

let app: AppResource;
beforeAll(async () => {
  app = await startApp({ environment: { LOG_LEVEL: 'info' } });
});
afterAll(() => app[Symbol.asyncDispose]());

async function post(path: string, body: unknown = HELLO, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`${app.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${app.apiKey}`, ...headers },
    body: JSON.stringify(body),
  });
}

async function raw(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  socket.write(bytes);
  return await text(socket);
}

describe('spellings of a path that clients send', () => {
  test.each([
    '/v1/chat/completions/',
    '//v1/chat/completions',
    '/v1//chat/completions',
    '/openai/v1/chat/completions',
    '/openai/v1/chat/completions?api-version=preview',
    '/openai/deployments/claude-sonnet-5-5/chat/completions?api-version=2024-10-21',
  ])('%s is answered', async (path) => {
    const response = await post(path);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ object: 'chat.completion' });
  });

  test("Azure's path names the model, also for a stream, and wins over the body", async () => {
    const path = '/openai/deployments/claude-opus-5-5/chat/completions';
    const { model: _model, ...withoutModel } = HELLO;
    expect(await (await post(path, withoutModel)).json()).toMatchObject({ model: 'claude-opus-5-5' });
    expect(await (await post(path, { ...HELLO, model: 'gpt-4o' })).json()).toMatchObject({ model: 'claude-opus-5-5' });
    expect(await (await post(path, { ...withoutModel, stream: true })).text()).toContain('"model":"claude-opus-5-5"');
    const models = await fetch(`${app.url}/openai/v1/models`, { headers: { 'api-key': app.apiKey } });
    expect(models.status).toBe(200);
  });
});

test.each(['authorization', 'x-api-key', 'api-key'])('a key is taken from %s', async (name) => {
  const call = (key: string): Promise<Response> =>
    post('/v1/chat/completions', HELLO, {
      authorization: '',
      [name]: name === 'authorization' ? `Bearer ${key}` : key,
    });
  expect((await call(app.apiKey)).status).toBe(200);
  const wrong = await call('wrong');
  expect(wrong.status).toBe(401);
  expect((await errorOf(wrong)).message).toMatch(/^Incorrect API key/);
});

test('a missing key is not called incorrect', async () => {
  const response = await post('/v1/chat/completions', HELLO, { authorization: '' });
  expect(response.status).toBe(401);
  expect(await errorOf(response)).toMatchObject({
    code: 'invalid_api_key',
    message: expect.stringMatching(/^No API key was provided/) as string,
  });
});

test.each(['/v1/completions', '/v1/embeddings', '/v1/moderations', '/v1/embeddings/'])(
  '%s is a 404 that says what to use in its place',
  async (path) => {
    const response = await post(path, { model: 'claude-sonnet-5-5', input: 'x' });
    expect(response.status).toBe(404);
    expect((await errorOf(response)).message).toMatch(/Claude (takes|makes|has)/);
  },
);

test('a path that nobody has is logged as what was asked for, cut', async () => {
  const path = `/${'x'.repeat(300)}`;
  await post(path);
  app.app.services.log.flush();
  expect(app.logs.at(-1)).toMatchObject({ route: 'unknown', path: path.slice(0, 200), status: 404 });
});

test('control characters that a caller made up reach neither the log nor a metric', async () => {
  await using raw = await openRaw(app);
  const name = `/"} 1\nforged{x="\u009b31m`;
  raw.send({ id: 1, method: 'query', params: { path: name + 'x'.repeat(1_000_000), input: { json: {} } } });
  await expect.poll(() => raw.frames.length).toBe(1);
  app.app.services.log.flush();
  const line = app.logs.at(-1)!;
  expect(line).toMatchObject({
    method: 'WS',
    status: 404,
    route: expect.stringMatching(/^[^\u007f-\u009f\n]{1,200}$/) as string,
  });
  const metrics = await fetch(`${app.url}/metrics`, { headers: { 'x-api-key': app.apiKey } });
  expect(await metrics.text()).not.toMatch(/forged|xxxx/);
});

test('the name of a model may be as long as names get, and is logged under its route', async () => {
  for (const length of [101, 999]) {
    const response = await fetch(`${app.url}/v1/models/${'m'.repeat(length)}`, {
      headers: { 'x-api-key': app.apiKey },
    });
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ code: 'model_not_found' });
  }
  const tooLong = await fetch(`${app.url}/v1/models/${'m'.repeat(1001)}`, { headers: { 'x-api-key': app.apiKey } });
  expect(tooLong.status).toBe(404);
  expect(await errorOf(tooLong)).toMatchObject({ type: 'invalid_request_error' });
  app.app.services.log.flush();
  expect(app.logs.filter(({ route }) => route === '/v1/models/:model')).toHaveLength(2);
});

test.each(['QUERY', 'PROPFIND', 'SEARCH', 'M-SEARCH', 'TRACE', 'MOVE'])(
  '%s is a 405 at every route, with or without parameters',
  async (method) => {
    for (const path of ['/v1/models', '/v1/models/x', '/v1/chat/completions', '/trpc/models.list', '/healthz']) {
      const answer = await raw(
        `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${app.apiKey}\r\nconnection: close\r\n\r\n`,
      );
      expect([path, answer.slice(0, 12)]).toEqual([path, 'HTTP/1.1 405']);
    }
  },
);

test.each(['user@x', 'a b', '[', 'x:y:z', '%', ''])('the host %j is no failure of ours', async (host) => {
  for (const path of ['/v1/models', '/trpc/models.list', '/docs', '/nowhere']) {
    const answer = await raw(
      `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${app.apiKey}\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 [24]\d\d /);
  }
});

test('the body of a GET is read past, and the next request on the connection answered', async () => {
  const get = (more: string, body: string): string =>
    `GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${app.apiKey}\r\n${more}\r\n${body}`;
  for (const type of [
    'content-type: application/json\r\n',
    'content-type: text/plain\r\n',
    'content-type: ;\r\n',
    '',
  ]) {
    const body = get(`${type}content-length: 5\r\n`, 'hello');
    const chunked = get(`${type}transfer-encoding: chunked\r\n`, '5\r\nhello\r\n0\r\n\r\n');
    const answer = await raw(body + chunked + get('connection: close\r\n', ''));
    expect(answer.match(/HTTP\/1\.1 200 /g)).toHaveLength(3);
  }
});

test('aliases stand in the list of models, each with what its model has', async () => {
  await using named = await startApp({
    environment: { TRESTLE_MODEL_ALIASES: '{"gpt-4o":"claude-sonnet-4.5","old":"claude-3-opus-20240229"}' },
  });
  const response = await fetch(`${named.url}/v1/models`, { headers: { 'x-api-key': named.apiKey } });
  const { data } = (await response.json()) as { data: { id: string; context_window: number; display_name: string }[] };
  expect(data.slice(-2)).toMatchObject([
    { id: 'gpt-4o', display_name: 'Claude Sonnet 4.5', object: 'model', owned_by: 'anthropic' },
    { id: 'old', display_name: 'Claude Opus 4.6' },
  ]);
});

test.each(['/v1/models', '/v1/models/x', '/v1/chat/completions/x/events', '/metrics'])(
  '%s says nothing to a caller without a key, not even what is wrong with the request',
  async (path) => {
    const response = await fetch(app.url + path, { headers: { 'last-event-id': 'y:1' } });
    expect(response.status).toBe(401);
    expect(await errorOf(response)).toMatchObject({ code: 'invalid_api_key' });
  },
);

test('a body of the Responses API, as Cursor posts it to this route, is taken', async () => {
  const tool = { type: 'function', name: 'look', parameters: { type: 'object', properties: {} } };
  const response = await post('/v1/chat/completions', {
    model: HELLO.model,
    instructions: 'Be brief.',
    input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
    tools: [tool],
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ object: 'chat.completion' });
  expect(app.fake.requests.at(-1)!.body).toMatchObject({
    messages: [{ role: 'user' }],
    tools: [{ name: 'look' }],
  });
});

test("that Claude's account can't be billed is a warning in the log, and said in our words to the caller", async () => {
  const message = 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.';
  app.fake.reply({ status: 400, body: { type: 'error', error: { type: 'invalid_request_error', message } } });
  const response = await post('/v1/chat/completions');
  expect(response.status).toBe(429);
  const error = await errorOf(response);
  expect(error).toMatchObject({ type: 'insufficient_quota', code: 'insufficient_quota' });
  expect(error.message).not.toMatch(/Plans|Anthropic/);
  app.app.services.log.flush();
  expect(app.logs.at(-1)).toMatchObject({
    level: 40,
    code: 'insufficient_quota',
    msg: "Claude's account can't be billed",
  });
});
