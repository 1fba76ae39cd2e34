import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import type { Answer } from '../support/fake-claude.ts';
import { errorOf, HELLO, postChat, type WireError } from '../support/rest-request.ts';

let app: AppResource;
beforeAll(async () => {
  app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0', TRESTLE_BODY_LIMIT: '20000' } });
});
afterAll(() => app[Symbol.asyncDispose]());

interface Row {
  status: number;
  type: string;
  code: string | null;
  param?: string | null;
}

/** Text that Claude's error bodies carry in these tests, and that no caller may see. */
const SECRET = 'org-of-the-operator-4711';

/** Checks everything that each error has in common, and the row of the table. */
async function expectRow(response: Response, { status, type, code, param = null }: Row): Promise<WireError> {
  const text = await response.clone().text();
  const error = await errorOf(response);
  expect({ status: response.status, ...error }).toEqual({ status, type, code, param, message: expect.any(String) });
  expect(Object.keys(JSON.parse(text) as object)).toEqual(['error']);
  expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(error.message).not.toBe('');
  expect(text).not.toMatch(/node_modules|\.ts:\d|\bat \/|request_id|ZodError|TRPC|ECONN|undici/);
  expect(error.message).not.toContain('{"');
  expect(text).not.toContain(SECRET);
  return error;
}

const INVALID = { status: 400, type: 'invalid_request_error' } as const;

describe('what the server refuses itself', () => {
  const messages = HELLO.messages;
  test.each<[string, unknown, Row]>([
    ['no JSON', '{"model"', { ...INVALID, code: null }],
    ['a missing field', { model: HELLO.model }, { ...INVALID, code: 'missing_required_parameter', param: 'messages' }],
    ['a wrong type', { ...HELLO, seed: 'x' }, { ...INVALID, code: 'invalid_type', param: 'seed' }],
    ['a wrong value', { ...HELLO, n: 0 }, { ...INVALID, code: 'invalid_value', param: 'n' }],
    ['audio', { ...HELLO, modalities: ['audio'] }, { ...INVALID, code: 'unsupported_parameter', param: 'modalities' }],
    [
      'an unknown model',
      { messages, model: 'gpt-9' },
      { status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
    ],
    [
      'a body that is too large',
      { ...HELLO, user: 'x'.repeat(20_000) },
      { status: 413, type: 'invalid_request_error', code: 'request_too_large' },
    ],
  ])('%s', async (_name, body, row) => {
    await expectRow(await postChat(app, body), row);
    if (typeof body !== 'string') await expectRow(await postChat(app, { ...(body as object), stream: true }), row);
  });

  test('an audio part', async () => {
    const content = [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }];
    const response = await postChat(app, { model: HELLO.model, messages: [{ role: 'user', content }] });
    await expectRow(response, { ...INVALID, code: 'unsupported_parameter', param: 'messages[0].content[0]' });
  });

  test('in strict mode, what would only be noted', async () => {
    const strict = { headers: { 'x-trestle-strict': 'true' } };
    const row = { ...INVALID, code: 'unsupported_parameter', param: 'seed' };
    await expectRow(await postChat(app, { ...HELLO, seed: 1 }, strict), row);
    await expectRow(await postChat(app, { ...HELLO, seed: 1, stream: true }, strict), row);
  });

  test.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer wrong' }],
    ['a key in another scheme', { authorization: 'Basic dGVzdC1rZXk=' }],
  ])('%s, on every route that spends', async (_name, headers) => {
    const row = { status: 401, type: 'invalid_request_error', code: 'invalid_api_key' };
    for (const stream of [false, true]) {
      const response = await fetch(`${app.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ ...HELLO, stream }),
      });
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      await expectRow(response, row);
    }
    await expectRow(await fetch(`${app.url}/v1/models`, { headers }), row);
    await expectRow(await fetch(`${app.url}/v1/models/claude-sonnet-5-5`, { headers }), row);
  });

  test('an unknown route and a wrong method', async () => {
    const type = 'invalid_request_error';
    await expectRow(await fetch(`${app.url}/v1/completions`), { status: 404, type, code: null });
    await expectRow(await fetch(`${app.url}/v1/models`, { method: 'DELETE' }), { status: 405, type, code: null });
  });

  test('a URL that is none', async () => {
    await expectRow(await fetch(`${app.url}/v1/models/%E0%A4%A`), { ...INVALID, code: null });
  });

  test('a body that is not application/json', async () => {
    const headers = { 'content-type': 'text/plain' };
    const row = { status: 415, type: 'invalid_request_error', code: null };
    await expectRow(await postChat(app, HELLO, { headers }), row);
  });
});

function claudeError(status: number, type: string, details?: object): Answer {
  return { status, body: { type: 'error', error: { type, message: SECRET, details }, request_id: `req_${SECRET}` } };
}

const server = (status: number, code: string | null): Row => ({ status, type: 'server_error', code });
const QUOTA: Row = { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' };

describe('what Claude answers', () => {
  test.each<[string, Answer, Row]>([
    [
      'a rate limit',
      claudeError(429, 'rate_limit_error'),
      { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
    ],
    [
      'an enforced spend limit',
      claudeError(429, 'rate_limit_error', { error_code: 'enforced_spend_limit_reached' }),
      QUOTA,
    ],
    [
      "a contract's spend limit",
      claudeError(429, 'rate_limit_error', { error_code: 'contract_spend_limit_reached' }),
      QUOTA,
    ],
    [
      'a spend limit of the user',
      {
        status: 400,
        body: {
          error: {
            type: 'invalid_request_error',
            message: `You have reached your specified API usage limits. ${SECRET}`,
          },
        },
      },
      QUOTA,
    ],
    ['no money', claudeError(402, 'billing_error'), QUOTA],
    ['a refused key', claudeError(401, 'authentication_error'), server(502, 'upstream_authentication')],
    ['a forbidden key', claudeError(403, 'permission_error'), server(502, 'upstream_authentication')],
    [
      'an unknown model',
      claudeError(404, 'not_found_error'),
      { status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
    ],
    [
      'a request that is too large',
      { status: 413, body: `<html>${SECRET}</html>` },
      { status: 413, type: 'invalid_request_error', code: 'request_too_large' },
    ],
    ['an internal error', claudeError(500, 'api_error'), server(500, null)],
    ['a missing service', claudeError(503, 'api_error'), server(503, 'overloaded')],
    ['overload', claudeError(529, 'overloaded_error'), server(503, 'overloaded')],
    ['a time-out of its own', claudeError(504, 'timeout_error'), server(504, 'upstream_timeout')],
    ["a proxy's page", { status: 502, body: `<html>${SECRET}</html>` }, server(502, 'upstream_error')],
    ['a status of no meaning', { status: 418, body: SECRET }, server(502, 'upstream_error')],
    ['a reset', { reset: true }, server(502, 'upstream_error')],
  ])('%s', async (_name, answer, row) => {
    for (const stream of [false, true]) {
      app.fake.reply(answer);
      await expectRow(await postChat(app, { ...HELLO, stream }), row);
    }
  });

  test.each<[string, Answer]>([
    ['JSON that ends too soon', { status: 200, body: `{"type":"message","content":[{"text":"${SECRET}` }],
    ['JSON of another kind', { status: 200, body: { hello: SECRET } }],
    ['a page with the status 200', { status: 200, body: `<html>${SECRET}</html>` }],
    ['null', { status: 200, body: 'null' }],
  ])('unreadable: %s', async (_name, answer) => {
    app.fake.reply(answer);
    await expectRow(await postChat(app, HELLO), server(502, 'upstream_error'));
    app.fake.reply(answer);
    await expectRow(await postChat(app, { ...HELLO, stream: true }), server(502, 'upstream_error'));
  });

  test('unreadable events', async () => {
    for (const sse of [`event: ping\ndata: {"type":${SECRET}\n\n`, 'data: 7\n\n', 'data: null\n\n', '']) {
      app.fake.reply({ sse });
      await expectRow(await postChat(app, { ...HELLO, stream: true }), server(502, 'upstream_error'));
    }
  });

  test('retry-after goes on to the caller, for limits and for overload', async () => {
    for (const [status, expected] of [
      [429, 429],
      [529, 503],
      [503, 503],
    ] as const) {
      for (const stream of [false, true]) {
        app.fake.reply({ status, headers: { 'retry-after': '42' } });
        const response = await postChat(app, { ...HELLO, stream });
        expect([response.status, response.headers.get('retry-after')]).toEqual([expected, '42']);
        await response.text();
      }
    }
  });

  test("a 400 comes in the caller's terms: its own field, no path of Claude's", async () => {
    const cases = [
      ['stop_sequences: too many of them', 'stop', 'too many of them'],
      ['messages.3.content.0.text: something about it', 'messages', 'something about it'],
      ['something is wrong', null, 'something is wrong'],
    ] as const;
    for (const [message, param, part] of cases) {
      app.fake.reply({ status: 400, body: { error: { type: 'invalid_request_error', message } } });
      const error = await expectRow(await postChat(app, HELLO), { ...INVALID, code: null, param });
      expect(error.message).toBe(`Claude refused the request: ${part}`);
    }
  });

  test('silence for too long, before the first byte and inside a whole answer', async () => {
    await using impatient = await startApp({ environment: { TRESTLE_UPSTREAM_TIMEOUT_MS: '50' } });
    for (const stream of [false, true]) {
      impatient.fake.reply({ hang: true });
      await expectRow(await postChat(impatient, { ...HELLO, stream }), server(504, 'upstream_timeout'));
    }
    expect(impatient.fake.requests).toHaveLength(2);
  });
});

test('a bug in the server is a 500 that tells nothing', async () => {
  vi.spyOn(app.app.services.catalogue, 'withLiveLimits').mockImplementation(() => {
    throw new Error(`secret db string ${SECRET}`);
  });
  for (const stream of [false, true]) {
    const error = await expectRow(await postChat(app, { ...HELLO, stream }), server(500, null));
    expect(error.message).toBe('The server had an internal error');
  }
});
