import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO, parseSse, postChat } from '../support/rest-request.ts';

let app: AppResource;
beforeAll(async () => {
  app = await startApp();
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => app[Symbol.asyncDispose]());

const STREAMS = [false, true];
/** The header of notices as a list, parsed as its documentation says. */
const noticesOf = (response: Response): string[] => response.headers.get('x-trestle-notices')?.split(', ') ?? [];

describe('ids and times', () => {
  test('every answer of every route has an id of its own', async () => {
    const authorization = `Bearer ${app.apiKey}`;
    const answers = await Promise.all(
      ['/v1/models', '/v1/models/x', '/healthz', '/readyz', '/openapi.json', '/docs', '/nowhere', '/'].map((path) =>
        fetch(`${app.url}${path}`, { headers: { authorization, 'x-request-id': 'mine' } }),
      ),
    );
    answers.push(await postChat(app, HELLO), await postChat(app, { ...HELLO, stream: true }));
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    expect(ids).toEqual(ids.map(() => expect.stringMatching(/^req_[0-9a-f]{32}$/)));
    expect(new Set(ids).size).toBe(answers.length);
    await Promise.all(answers.map((answer) => answer.text()));
  });

  test.each(STREAMS)("processing time and Claude's request id (stream: %s)", async (stream) => {
    app.fake.reply({ message: { content: [{ type: 'text', text: 'x' }] }, headers: { 'request-id': 'req_011abc' } });
    const { headers } = await postChat(app, { ...HELLO, stream });
    expect(headers.get('openai-processing-ms')).toMatch(/^\d+$/);
    expect(headers.get('x-upstream-request-id')).toBe('req_011abc');
  });

  test("Claude's request id and limits come with its errors too", async () => {
    for (const stream of STREAMS) {
      const limits = { 'request-id': 'req_011abc', 'anthropic-ratelimit-requests-remaining': '0', 'retry-after': '60' };
      app.fake.reply({ status: 429, headers: limits });
      const { headers } = await postChat(app, { ...HELLO, stream });
      expect(headers.get('x-upstream-request-id')).toBe('req_011abc');
      expect(headers.get('x-ratelimit-remaining-requests')).toBe('0');
      expect(headers.get('retry-after')).toBe('60');
    }
  });

  test('no other header of Claude goes on', async () => {
    app.fake.reply({
      message: { content: [{ type: 'text', text: 'x' }] },
      headers: { 'set-cookie': 'a=b', 'anthropic-organization-id': 'secret', 'cf-ray': '1' },
    });
    const { headers } = await postChat(app, HELLO);
    expect([...headers.keys()].filter((name) => /cookie|anthropic|cf-/.test(name))).toEqual([]);
  });
});

describe("rate limits in OpenAI's form", () => {
  const NOW = Date.parse('2026-11-22T12:00:00Z');
  const limitsUntil = (reset: string): Record<string, string> => ({
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': '3999',
    'anthropic-ratelimit-requests-reset': reset,
    'anthropic-ratelimit-tokens-limit': '2000000',
    'anthropic-ratelimit-tokens-remaining': '1999000',
    'anthropic-ratelimit-tokens-reset': reset,
  });

  test.each([
    ['2026-11-22T12:06:00Z', '6m0s'],
    ['2026-11-22T12:00:01Z', '1s'],
    ['2026-11-22T12:00:59.5Z', '1m0s'],
    ['2026-11-22T14:03:04Z', '2h3m4s'],
    ['2026-11-22T13:00:00Z', '1h0m0s'],
    ['2026-11-22T12:00:00.020Z', '20ms'],
    ['2026-11-22T12:00:00Z', '0s'],
    ['2026-11-22T11:00:00Z', '0s'],
    ['soon', '0s'],
  ])('reset at %s is %s', async (reset, duration) => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    for (const stream of STREAMS) {
      app.fake.reply({ message: { content: [{ type: 'text', text: 'x' }] }, headers: limitsUntil(reset) });
      const { headers } = await postChat(app, { ...HELLO, stream });
      expect(Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-ratelimit-')))).toEqual({
        'x-ratelimit-limit-requests': '4000',
        'x-ratelimit-remaining-requests': '3999',
        'x-ratelimit-reset-requests': duration,
        'x-ratelimit-limit-tokens': '2000000',
        'x-ratelimit-remaining-tokens': '1999000',
        'x-ratelimit-reset-tokens': duration,
      });
    }
  });

  test('are left out when Claude states none', async () => {
    const { headers } = await postChat(app, HELLO);
    expect([...headers.keys()].filter((name) => name.startsWith('x-ratelimit-'))).toEqual([]);
  });
});

describe('notices', () => {
  test('stand in the header, and in the body of a completion and the last chunk of a stream', async () => {
    const request = { ...HELLO, temperature: 0.5, seed: 7, logit_bias: { 1: 5 } };
    const header = ['seed=ignored', 'logit_bias=ignored', 'temperature=ignored'].toSorted();
    const params = ['logit_bias', 'seed', 'temperature'];
    const whole = await postChat(app, request);
    expect(noticesOf(whole).toSorted()).toEqual(header);
    const { notices } = (await whole.json()) as { notices: { param: string }[] };
    expect(notices.map(({ param }) => param).toSorted()).toEqual(params);

    for (const include_usage of [false, true]) {
      const response = await postChat(app, { ...request, stream: true, stream_options: { include_usage } });
      expect(noticesOf(response).toSorted()).toEqual(header);
      const { chunks } = parseSse(await response.text());
      const withNotices = chunks.filter((chunk) => 'notices' in chunk);
      expect(withNotices).toEqual([chunks.at(-1)]);
      expect(withNotices).toMatchObject([{ notices: notices }]);
    }
  });

  test('are left out of header and body when there are none', async () => {
    const response = await postChat(app, HELLO);
    expect(response.headers.has('x-trestle-notices')).toBe(false);
    expect(await response.json()).not.toHaveProperty('notices');
  });

  test.each(STREAMS)('a field name can not break out of the header (stream: %s)', async (stream) => {
    const odd = [
      'a\r\nset-cookie: b=c',
      'a, temperature=honoured',
      'naïve ☃ 😀',
      '\u0000',
      '',
      'a b',
      'x'.repeat(9000),
    ];
    for (const name of odd) {
      const response = await postChat(app, { ...HELLO, stream, [name]: 1 });
      expect(response.status).toBe(200);
      expect(response.headers.has('set-cookie')).toBe(false);
      expect(noticesOf(response)).toHaveLength(1);
      expect(response.headers.get('x-trestle-notices')).toMatch(/^[\w%.[\]=-]+$/);
      const text = await response.text();
      const body = stream ? parseSse(text).chunks.at(-1) : (JSON.parse(text) as object);
      expect(body).toMatchObject({ notices: [{ param: name, action: 'ignored' }] });
    }
  });

  test.each(STREAMS)('a field name that is half a surrogate pair is still noted (stream: %s)', async (stream) => {
    const response = await postChat(app, `{"\\ud800":1,${JSON.stringify({ ...HELLO, stream }).slice(1)}`);
    expect(response.status).toBe(200);
    expect(noticesOf(response)).toEqual(['%EF%BF%BD=ignored']);
    await response.text();
  });

  test.each(['constructor', 'toString', 'hasOwnProperty'])('a field named %s is noted', async (name) => {
    const response = await postChat(app, `{"${name}":1,${JSON.stringify(HELLO).slice(1)}`);
    expect(response.status).toBe(200);
    expect(noticesOf(response)).toEqual([`${name}=ignored`]);
    expect(await response.json()).toMatchObject({ notices: [{ param: name, message: expect.stringContaining(name) }] });
  });

  test('a thousand of them fit into a header that clients accept', async () => {
    const fields = Array.from({ length: 1000 }, (_, index) => [`unknown_field_${index}`, 1]);
    const response = await postChat(app, { ...HELLO, ...Object.fromEntries(fields) });
    expect(response.headers.get('x-trestle-notices')!.length).toBeLessThan(4200);
    const { notices } = (await response.json()) as { notices: unknown[] };
    expect(noticesOf(response).at(-1)).toBe('notices=ignored');
    expect(notices).toHaveLength(101);
    expect(notices.at(-1)).toMatchObject({ param: 'notices', message: 'and 900 more' });
  });
});
