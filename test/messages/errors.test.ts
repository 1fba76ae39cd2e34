import { NotFoundError } from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { BEGUN } from '../support/begun-answer.ts';
import { clientOf, HELLO, post } from './messages-client.ts';

// What the server itself says at Claude's own API has the envelope and the types of Anthropic's errors.

async function errorOf(response: Response): Promise<[number, string]> {
  const body = (await response.json()) as {
    type: string;
    error: { type: string; message: string };
    request_id: string;
  };
  expect(body).toEqual({
    type: 'error',
    error: { type: expect.any(String), message: expect.stringMatching(/./) },
    request_id: response.headers.get('request-id'),
  });
  return [response.status, body.error.type];
}

const get = ({ url, apiKey }: AppResource, path: string, headers: Record<string, string> = {}) =>
  fetch(url + path, { headers: { 'x-api-key': apiKey, ...headers } });

const MESSAGES = '/v1/messages';

describe('a request that the server refuses', () => {
  test.each<[string, number, string, (app: AppResource) => Promise<Response>]>([
    ['with a wrong key', 401, 'authentication_error', (app) => post({ ...app, apiKey: 'wrong' }, HELLO)],
    ['without a key', 401, 'authentication_error', (app) => fetch(app.url + MESSAGES, { method: 'POST' })],
    ['for a model that is none', 404, 'not_found_error', (app) => post(app, { ...HELLO, model: 'gpt-4' })],
    ['below the path', 404, 'not_found_error', (app) => post(app, HELLO, { path: '/v1/messages/x' })],
    ['by another method', 405, 'invalid_request_error', (app) => get(app, MESSAGES)],
    ['that is too long', 413, 'request_too_large', (app) => post(app, { ...HELLO, system: 'a'.repeat(20_000) })],
    [
      'of another type',
      415,
      'invalid_request_error',
      (app) => post(app, 'a', { headers: { 'content-type': 'text/plain' } }),
    ],
    [
      'in strict mode, for a retired model',
      400,
      'invalid_request_error',
      (app) => post(app, { ...HELLO, model: 'claude-sonnet-4-20250514' }, { headers: { 'x-trestle-strict': 'true' } }),
    ],
    [
      'from a page of another origin',
      403,
      'permission_error',
      (app) => post(app, HELLO, { headers: { origin: 'https://evil.example' } }),
    ],
    ['for a stream that is not kept', 412, 'invalid_request_error', (app) => get(app, '/v1/messages/events')],
    [
      'for the count of tokens, with no JSON',
      400,
      'invalid_request_error',
      (app) => post(app, '{', { path: '/v1/messages/count_tokens' }),
    ],
    [
      'elsewhere, of a client of Anthropic',
      404,
      'not_found_error',
      (app) => get(app, '/v1/skills', { 'anthropic-version': '2023-06-01' }),
    ],
  ])('%s is a %i %s', async (_name, status, type, send) => {
    await using app = await startApp({ environment: { TRESTLE_BODY_LIMIT: '10000' } });
    expect(await errorOf(await send(app))).toEqual([status, type]);
    expect(app.fake.requests).toEqual([]);
  });

  test('while it shuts down is a 503 overloaded_error, for which clients try elsewhere', async () => {
    await using app = await startApp();
    app.fake.reply(BEGUN);
    const running = await post(app, { ...HELLO, stream: true });
    const stopped = app.app.stop(400);
    for (const stream of [false, true]) {
      const response = await post(app, { ...HELLO, stream });
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await errorOf(response)).toEqual([503, 'overloaded_error']);
    }
    await running.text().catch(() => undefined);
    await stopped;
  });
});

test.each([
  ['{"model":"x",\n  "max_tokens":1,}', 'line 2, column 18'],
  ['{"model":"x"', 'it ends too early'],
  ['', 'it is empty'],
])('of JSON that is broken, %j, the place is named', async (json, place) => {
  await using app = await startApp();
  for (const path of [MESSAGES, `${MESSAGES}/count_tokens`]) {
    const response = await post(app, json, { path });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { type: 'invalid_request_error', message: expect.stringContaining(place) } },
    ]);
  }
});

test.each(['x-api-key', 'authorization'])('a key is taken as %s', async (name) => {
  await using app = await startApp();
  const value = name === 'authorization' ? `Bearer ${app.apiKey}` : app.apiKey;
  const headers = { 'content-type': 'application/json', [name]: value };
  const response = await fetch(app.url + MESSAGES, { method: 'POST', headers, body: JSON.stringify(HELLO) });
  expect(response.status).toBe(200);
});

describe('Claude behind the server', () => {
  test.each<[string, Parameters<AppResource['fake']['reply']>[0], number, string]>([
    ['that answers with a page', { status: 502, body: '<html>' }, 502, 'api_error'],
    ['that hangs up', { reset: true }, 502, 'api_error'],
    ['that is silent', { hang: true }, 504, 'timeout_error'],
    [
      'whose operator has no credit',
      {
        status: 400,
        body: { type: 'error', error: { type: 'invalid_request_error', message: 'Your credit balance is too low' } },
      },
      429,
      'rate_limit_error',
    ],
  ])('%s is told in our words', async (_name, answer, status, type) => {
    const environment = { TRESTLE_MAX_RETRIES: '0', TRESTLE_UPSTREAM_TIMEOUT_MS: '150' };
    await using app = await startApp({ environment });
    for (const stream of [false, true]) {
      app.fake.reply(answer);
      expect(await errorOf(await post(app, { ...HELLO, stream }))).toEqual([status, type]);
    }
  });
});

describe('a model that there is not', () => {
  test("is in Anthropic's envelope to its clients, and in OpenAI's to others", async () => {
    await using app = await startApp();
    await expect(clientOf(app).models.retrieve('claude-no')).rejects.toBeInstanceOf(NotFoundError);
    expect(await errorOf(await get(app, '/v1/models/no', { 'anthropic-version': '2023-06-01' }))).toEqual([
      404,
      'not_found_error',
    ]);
    expect(await (await get(app, '/v1/models/no')).json()).toMatchObject({ error: { code: 'model_not_found' } });
    const refused = await get({ ...app, apiKey: 'no' }, '/v1/models', { 'anthropic-version': '2023-06-01' });
    expect(await errorOf(refused)).toEqual([401, 'authentication_error']);
  });
});
