import { createTRPCClient, httpLink } from '@trpc/client';
import OpenAI from 'openai-7';
import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import type { AppRouter } from '../../client/contract/app-router.ts';
import { hashKey } from '../../server/config.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { startFakeClaude } from '../support/fake-claude.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';
import { storageFile } from '../support/storage-file.ts';

const ADMIN = 'admin-key';
const environment = { TRESTLE_API_KEYS: 'test-key,other-key', TRESTLE_ADMIN_KEY: ADMIN };
const USAGE = '/v1/organization/usage/completions';
const COSTS = '/v1/organization/costs';
const usage = { input_tokens: 1000, cache_read_input_tokens: 500, output_tokens: 10 };
const says = (model: string) => ({ message: { model, content: [{ type: 'text', text: 'Hello' }], usage } });
/** Of Haiku 4.5, and of Opus 5.5. */
const [SMALL, LARGE] = [0.0011, 0.0043];
const idOf = (key: string): string => hashKey(key);
/** Long before any test, so that a page begins with it. */
const start_time = Math.floor(Date.now() / 86_400_000) * 86_400;

async function get({ url }: AppResource, path: string, key: string | null = ADMIN): Promise<Response> {
  return await fetch(url + path, { headers: key === null ? {} : { authorization: `Bearer ${key}` } });
}

/** Two calls by the first key, one of them with two choices, and one by the other. */
async function spend(app: AppResource): Promise<void> {
  for (const model of ['claude-haiku-4-5', 'claude-haiku-4-5', 'claude-opus-5-5', 'claude-opus-5-5'])
    app.fake.reply(says(model));
  await (await postChat(app, { ...HELLO, model: 'claude-haiku-4-5', n: 2 })).text();
  await (await postChat(app, { ...HELLO, model: 'claude-opus-5-5' })).text();
  await (await postChat({ ...app, apiKey: 'other-key' }, { ...HELLO, model: 'claude-opus-5-5', stream: true })).text();
}

test.each(['memory', 'sqlite'])('OpenAI’s client reads usage and costs from %s', async (kind) => {
  await using file = await storageFile();
  const TRESTLE_STORAGE = kind === 'memory' ? 'memory' : `sqlite:${file.path}`;
  await using app = await startApp({ environment: { ...environment, TRESTLE_STORAGE } });
  await spend(app);
  const { usage: api } = new OpenAI({ adminAPIKey: ADMIN, apiKey: ADMIN, baseURL: `${app.url}/v1`, maxRetries: 0 })
    .admin.organization;
  const whole = await api.completions({ start_time });
  expect(whole).toMatchObject({ object: 'page', has_more: false, next_page: null });
  expect(whole.data).toMatchObject([
    {
      object: 'bucket',
      start_time,
      end_time: start_time + 86_400,
      results: [{ input_tokens: 6000, input_cached_tokens: 2000, output_tokens: 40, num_model_requests: 4 }],
    },
  ]);
  const grouped = await api.completions({ start_time, group_by: ['api_key_id', 'model'], bucket_width: '1d' });
  const rows = grouped.data.flatMap(
    ({ results }) => results as { api_key_id: string; model: string; num_model_requests: number }[],
  );
  const expected = [
    [idOf('test-key'), 'claude-haiku-4-5', 2],
    [idOf('test-key'), 'claude-opus-5-5', 1],
    [idOf('other-key'), 'claude-opus-5-5', 1],
  ];
  expect(rows.map(({ api_key_id: key, model, num_model_requests: calls }) => [key, model, calls]).toSorted()).toEqual(
    expected.toSorted(),
  );
  const one = await api.completions({ start_time, api_key_ids: [idOf('other-key')], models: ['claude-opus-5-5'] });
  expect(one.data[0]!.results).toMatchObject([{ num_model_requests: 1 }]);
  const costs = await api.costs({ start_time, group_by: ['line_item'] });
  expect(costs.data[0]!.results).toMatchObject([
    { amount: { value: 2 * SMALL, currency: 'usd' }, line_item: 'claude-haiku-4-5' },
    { amount: { value: 2 * LARGE }, line_item: 'claude-opus-5-5' },
  ]);
});

test('pages follow each other without a hole', async () => {
  await using app = await startApp({ environment });
  await spend(app);
  const from = start_time - 3 * 86_400;
  const starts: number[] = [];
  let calls = 0;
  for (let page: string | null = ''; page !== null;) {
    const query: string = `?start_time=${from}&limit=1${page && `&page=${page}`}`;
    const answer = (await (await get(app, USAGE + query)).json()) as {
      data: { start_time: number; results: { num_model_requests: number }[] }[];
      next_page: string | null;
    };
    for (const bucket of answer.data) {
      starts.push(bucket.start_time);
      for (const result of bucket.results) calls += result.num_model_requests;
    }
    page = answer.next_page;
  }
  expect(starts).toEqual([3, 2, 1, 0].map((days) => start_time - days * 86_400));
  expect(calls).toBe(4);
});

test('what was spent is known after a restart', async () => {
  await using file = await storageFile();
  await using fake = await startFakeClaude();
  const more = { ...environment, TRESTLE_STORAGE: `sqlite:${file.path}` };
  const before = await startApp({ environment: more, fake });
  await spend(before);
  await before[Symbol.asyncDispose]();
  await using after = await startApp({ environment: more, fake });
  const page = await (await get(after, `${COSTS}?start_time=${start_time}`)).json();
  expect(page).toMatchObject({ data: [{ results: [{ amount: { value: 2 * SMALL + 2 * LARGE } }] }] });
});

test('a model without a price is told apart from one that is free', async () => {
  await using app = await startApp({ environment });
  app.fake.reply(says('claude-mythos-preview'));
  await (await postChat(app, { ...HELLO, model: 'claude-mythos-preview' })).text();
  const page = await (await get(app, `${COSTS}?start_time=${start_time}`)).json();
  expect(page).toMatchObject({ data: [{ results: [{ amount: { value: 0 }, unpriced_requests: 1 }] }] });
});

describe('who may ask', () => {
  test('the admin key alone, which can ask nothing else', async () => {
    await using app = await startApp({ environment });
    for (const path of [USAGE, COSTS]) {
      const query = `${path}?start_time=1`;
      expect((await get(app, query)).status).toBe(200);
      const refused = async (key: string | null) => {
        const response = await get(app, query, key);
        return [response.status, (await errorOf(response)).code];
      };
      expect(await refused('test-key')).toEqual([403, 'insufficient_permissions']);
      expect(await refused('wrong')).toEqual([401, 'invalid_api_key']);
      expect(await refused(null)).toEqual([401, 'invalid_api_key']);
    }
    const asked = await postChat({ ...app, apiKey: ADMIN }, HELLO);
    expect([asked.status, (await errorOf(asked)).message]).toEqual([401, expect.stringContaining('admin key')]);
    expect(app.fake.requests).toHaveLength(0);
  });

  test('nobody where there is no admin key, also on a server without keys', async () => {
    for (const keys of ['', 'test-key']) {
      await using app = await startApp({ environment: { TRESTLE_API_KEYS: keys } });
      const response = await get(app, `${USAGE}?start_time=1`, 'test-key');
      expect([response.status, (await errorOf(response)).message]).toEqual([
        403,
        expect.stringContaining('TRESTLE_ADMIN_KEY'),
      ]);
    }
  });

  test('and the same over tRPC', async () => {
    await using app = await startApp({ environment });
    await spend(app);
    const clientOf = (key: string) =>
      createTRPCClient<AppRouter>({
        links: [
          httpLink({ url: `${app.url}/trpc`, transformer: superjson, headers: { authorization: `Bearer ${key}` } }),
        ],
      });
    const page = await clientOf(ADMIN).organization.usage.query({ start_time });
    expect(page.data[0]!.results[0]).toMatchObject({ num_model_requests: 4 });
    await expect(clientOf('test-key').organization.costs.query({ start_time })).rejects.toMatchObject({
      data: { code: 'FORBIDDEN', httpStatus: 403 },
    });
  });
});

test.each([
  ['', 'start_time'],
  ['start_time=x', 'start_time'],
  ['start_time=10&end_time=10', 'end_time'],
  ['start_time=1&bucket_width=2d', 'bucket_width'],
  ['start_time=1&limit=32', 'limit'],
  ['start_time=1&group_by[]=colour', 'group_by[0]'],
  ['start_time=1&page=x', 'page'],
])('%s is a 400 that names %s', async (query, param) => {
  await using app = await startApp({ environment });
  const response = await get(app, `${USAGE}?${query}`);
  expect([response.status, (await errorOf(response)).param]).toEqual([400, param]);
});
