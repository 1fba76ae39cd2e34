import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';

const LIMIT = 4096;

let app: AppResource;
beforeAll(async () => {
  app = await startApp({
    environment: {
      TRESTLE_BODY_LIMIT: String(LIMIT),
      TRESTLE_MODEL_ALIASES: '{"anthropic/claude:latest":"claude-opus-5-5"}',
    },
  });
});
afterAll(() => app[Symbol.asyncDispose]());

const READ = ['/v1/models', '/v1/models/claude-sonnet-5-5', '/openapi.json', '/docs', '/healthz', '/readyz'];

async function call(method: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`${app.url}${path}`, { method, headers: { authorization: `Bearer ${app.apiKey}`, ...headers } });
}

/** What the server answers to bytes that `fetch` would not send. */
async function rawAnswer(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  socket.write(bytes);
  return await text(socket);
}

describe('methods', () => {
  test.each([
    ...READ.map((path) => [path, 'GET, HEAD', ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']] as const),
    ['/v1/chat/completions', 'GET, HEAD, POST', ['PUT', 'PATCH', 'DELETE', 'OPTIONS']] as const,
    ['/v1/chat/completions/x', 'GET, HEAD, POST, DELETE', ['PUT', 'PATCH', 'OPTIONS']] as const,
    ['/v1/files', 'POST, GET, HEAD', ['PUT', 'PATCH', 'DELETE', 'OPTIONS']] as const,
    ['/v1/files/x', 'GET, HEAD, DELETE', ['POST', 'PUT', 'PATCH', 'OPTIONS']] as const,
    ['/v1/files/x/content', 'GET, HEAD', ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']] as const,
    ['/v1/batches', 'POST, GET, HEAD', ['PUT', 'PATCH', 'DELETE', 'OPTIONS']] as const,
    ['/v1/batches/x', 'GET, HEAD', ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']] as const,
    ['/v1/batches/x/cancel', 'POST', ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']] as const,
  ])('%s takes %s alone and says so', async (path, allow, others) => {
    for (const method of others) {
      const response = await call(method, path, { 'content-type': 'application/json' });
      expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, allow]);
      expect(response.headers.get('x-request-id')).toMatch(/^req_/);
      expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', code: null, param: null });
    }
  });

  test.each(['/v1/batches/batch_x/cancel', '/v1/responses/resp_x/cancel'])(
    'POST %s needs no body, also of clients that name the type of none',
    async (path) => {
      for (const type of [undefined, 'application/json']) {
        const headers = { authorization: `Bearer ${app.apiKey}`, ...(type && { 'content-type': type }) };
        const response = await fetch(app.url + path, { method: 'POST', headers });
        // Nothing is wrong but that there is no such thing.
        expect([response.status, (await errorOf(response)).param]).toEqual([404, 'id']);
      }
    },
  );

  test('a wrong method is a 405 whatever its body', async () => {
    for (const body of ['{', 'x'.repeat(LIMIT + 1)]) {
      const response = await fetch(`${app.url}/v1/models`, { method: 'POST', body });
      expect(response.status).toBe(405);
      await response.text();
    }
  });

  test.each(READ)('HEAD %s is GET without the body', async (path) => {
    const [head, get] = [await call('HEAD', path), await call('GET', path)];
    expect(head.status).toBe(get.status);
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
    expect([await head.text(), (await get.text()) !== '']).toEqual(['', true]);
  });

  test('HEAD of the route for completions lists what is stored, and asks Claude for nothing', async () => {
    const before = app.fake.requests.length;
    const { status } = await call('HEAD', '/v1/chat/completions');
    expect(status).toBe(200);
    expect(app.fake.requests).toHaveLength(before);
  });
});

describe('paths', () => {
  test.each([
    '/',
    '/v1',
    '/v1/',
    '/v1/completions',
    '/v1/chat',
    '/v1/chat/completions/x/y',
    '/V1/MODELS',
    '/v1/models/a/b',
    '/docs/x',
  ])('%s is a 404 with an envelope', async (path) => {
    const response = await call('GET', path);
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', code: null, param: null });
  });

  test('a query string changes nothing', async () => {
    expect((await call('GET', '/v1/models?limit=1&model=x')).status).toBe(200);
    expect(await (await call('GET', '/v1/models/claude-sonnet-5-5?model=claude-opus-5-5')).json()).toMatchObject({
      id: 'claude-sonnet-5-5',
    });
  });

  test('a model id in the path is decoded, and may hold a slash', async () => {
    expect(await (await call('GET', '/v1/models/claude%2Dsonnet%2D5%2D5')).json()).toMatchObject({
      id: 'claude-sonnet-5-5',
    });
    const response = await call('GET', '/v1/models/a%2Fb%20c');
    expect(response.status).toBe(404);
    const error = await errorOf(response);
    expect(error).toMatchObject({ code: 'model_not_found' });
    expect(error.message).toContain("'a/b c'");
    const alias = await call('GET', '/v1/models/anthropic%2Fclaude%3Alatest');
    expect(await alias.json()).toMatchObject({ id: 'claude-opus-5-5' });
  });
});

describe('bodies', () => {
  test.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON;charset=UTF-8'])(
    'as %s are read',
    async (contentType) => {
      const messages = [{ role: 'user', content: 'naïve ☃ 😀' }];
      const response = await postChat(app, { ...HELLO, messages }, { headers: { 'content-type': contentType } });
      expect(response.status).toBe(200);
      expect(JSON.stringify(app.fake.requests.at(-1)!.body)).toContain('naïve ☃ 😀');
      await response.text();
    },
  );

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'multipart/form-data; boundary=x',
    'json',
  ])('as %s are a 415', async (contentType) => {
    for (const stream of [false, true]) {
      const response = await postChat(app, { ...HELLO, stream }, { headers: { 'content-type': contentType } });
      expect(response.status).toBe(415);
      expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', code: null });
    }
  });

  test('without a content type are a 415', async () => {
    const body = JSON.stringify(HELLO);
    const answer = await rawAnswer(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${app.apiKey}\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 415 /);
    expect(answer).toContain('"type":"invalid_request_error"');
  });

  test('one byte too long are a 413, of the limit are not', async () => {
    const ofLength = (length: number): string => {
      const text = JSON.stringify({ ...HELLO, user: '' });
      return text.replace('"user":""', `"user":"${'x'.repeat(length - text.length)}"`);
    };
    const fits = await postChat(app, ofLength(LIMIT));
    expect(fits.status).toBe(200);
    await fits.text();
    for (const length of [LIMIT + 1, 8 * LIMIT]) {
      const response = await postChat(app, ofLength(length));
      expect(response.status).toBe(413);
      expect(await errorOf(response)).toMatchObject({ code: 'request_too_large' });
    }
  });

  test('in chunks without a stated length are limited too', async () => {
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${app.apiKey}\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
    const piece = 'x'.repeat(0x1000);
    const answer = await rawAnswer(`${head}1001\r\n"${piece}\r\n1000\r\n${piece}\r\n0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"request_too_large"');
  });

  test('that begin with a byte-order mark or hold a bad escape are a 400, not a crash', async () => {
    for (const body of [`\ufeff{`, String.raw`{"model":"\u12"}`]) expect((await postChat(app, body)).status).toBe(400);
  });
});

describe('bytes that are no HTTP', () => {
  test.each([
    ['another protocol', 'GARBAGE\r\n\r\n', 400],
    ['headers that are too long', `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s gets an envelope', async (_name, bytes, status) => {
    const answer = await rawAnswer(bytes);
    expect(answer.split('\r\n')[0]).toContain(` ${status} `);
    expect(answer).toMatch(/\r\nx-request-id: req_/);
    const [, body] = answer.split('\r\n\r\n');
    expect(JSON.parse(body!)).toMatchObject({ error: { type: 'invalid_request_error', param: null, code: null } });
  });
});
