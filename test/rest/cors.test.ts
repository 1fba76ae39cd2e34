import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';

const PAGE = 'https://app.example';

/** What a browser asks before it posts JSON. */
async function preflight(app: AppResource, origin: string): Promise<Response> {
  return await fetch(`${app.url}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
}

const corsHeaders = ({ headers }: Response): string[] =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('without named origins', () => {
  let app: AppResource;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test.each([false, true])(
    'no page of another origin gets an answer, or spends anything (stream: %s)',
    async (stream) => {
      const response = await postChat(app, { ...HELLO, stream }, { headers: { origin: PAGE } });
      expect(response.status).toBe(403);
      expect(corsHeaders(response)).toEqual([]);
      expect(await errorOf(response)).toMatchObject({ code: 'origin_not_allowed' });
      expect(app.fake.requests).toEqual([]);
    },
  );

  test('a preflight is refused with an envelope', async () => {
    const response = await preflight(app, PAGE);
    expect(response.status).toBe(403);
    expect(corsHeaders(response)).toEqual([]);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error' });
  });

  test("the server's own pages may call", async () => {
    const response = await postChat(app, HELLO, { headers: { origin: app.url } });
    expect(response.status).toBe(200);
    expect(corsHeaders(response)).toEqual([]);
    await response.text();
  });
});

describe('with a named origin', () => {
  let app: AppResource;
  beforeAll(async () => {
    app = await startApp({ environment: { TRESTLE_CORS_ORIGINS: `${PAGE}, https://other.example` } });
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test('its preflight passes', async () => {
    const { status, headers } = await preflight(app, PAGE);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(headers.get('access-control-allow-methods')).toContain('POST');
    expect(headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    expect(headers.get('vary')?.toLowerCase()).toContain('origin');
  });

  test.each([false, true])('it may read the answer and its headers (stream: %s)', async (stream) => {
    const response = await postChat(app, { ...HELLO, stream }, { headers: { origin: PAGE } });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(response.headers.get('access-control-expose-headers')?.split(', ')).toEqual(
      expect.arrayContaining(['x-request-id', 'x-trestle-notices', 'retry-after', 'x-ratelimit-remaining-tokens']),
    );
    await response.text();
  });

  test.each([false, true])('it may read errors (stream: %s)', async (stream) => {
    const response = await postChat(app, { model: 'no-such-model', stream }, { headers: { origin: PAGE } });
    expect(response.status).toBe(400);
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(await errorOf(response)).toMatchObject({ param: 'messages' });
  });

  test('another origin may not, not even with a preflight', async () => {
    const asked = await preflight(app, 'https://evil.example');
    expect(asked.headers.get('access-control-allow-origin')).not.toBe('https://evil.example');
    const before = app.fake.requests.length;
    const response = await postChat(app, HELLO, { headers: { origin: 'https://evil.example' } });
    expect(response.status).toBe(403);
    expect(app.fake.requests).toHaveLength(before);
  });

  test('OPTIONS that is no preflight is answered all the same, and without text of a library', async () => {
    for (const headers of [new Headers(), new Headers({ origin: PAGE })]) {
      const response = await fetch(`${app.url}/v1/models`, { method: 'OPTIONS', headers });
      expect([response.status, await response.text()]).toEqual([204, '']);
    }
  });
});
