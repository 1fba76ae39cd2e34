import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai-7';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MemoryCounters } from '../../server/store/memory-counters.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { BEGUN } from '../support/begun-answer.ts';
import { eventually } from '../support/eventually.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';
import { storageFile } from '../support/storage-file.ts';
import { adminOf, ask, MANAGED, newKey, newProject } from './admin-client.ts';

// How much keys and projects may ask for.

let app: AppResource;
beforeEach(async () => {
  app = await startApp({ environment: MANAGED });
});
afterEach(() => app[Symbol.asyncDispose]());

const SONNET = 'claude-sonnet-5-5';
const messages = [{ role: 'user' as const, content: 'Hello' }];
const openaiOf = (apiKey: string): OpenAI => new OpenAI({ apiKey, baseURL: `${app.url}/v1`, maxRetries: 0 });
const anthropicOf = (apiKey: string): Anthropic => new Anthropic({ apiKey, baseURL: app.url, maxRetries: 0 });
const chat = (apiKey: string, more: object = {}, on: AppResource = app): Promise<Response> =>
  postChat({ url: on.url, apiKey }, { ...HELLO, ...more });

/** Each way to have Claude answer; what Claude says has 7 tokens in, and 3 out. */
const DOORS: Record<string, (apiKey: string) => Promise<unknown>> = {
  'chat completions': (apiKey) => openaiOf(apiKey).chat.completions.create({ model: SONNET, messages }),
  'streamed chat completions': async (apiKey) => {
    for await (const _chunk of await openaiOf(apiKey).chat.completions.create({
      model: SONNET,
      messages,
      stream: true,
    }));
  },
  responses: (apiKey) => openaiOf(apiKey).responses.create({ model: SONNET, input: 'Hello' }),
  'streamed responses': async (apiKey) => {
    for await (const _event of await openaiOf(apiKey).responses.create({ model: SONNET, input: 'Hi', stream: true }));
  },
  messages: (apiKey) => anthropicOf(apiKey).messages.create({ model: SONNET, max_tokens: 9, messages }),
  'streamed messages': (apiKey) =>
    anthropicOf(apiKey).messages.stream({ model: SONNET, max_tokens: 9, messages }).finalMessage(),
};
const asked = (): number => app.fake.requests.filter(({ path }) => path === '/v1/messages').length;

describe.each(Object.entries(DOORS))('at %s', (_name, call) => {
  test('a key has so many requests a minute, and then again', async () => {
    const { value } = await newKey(app, 'default', { limits: { max_requests_per_1_minute: 2 } });
    vi.spyOn(Date, 'now').mockReturnValue(1_800_000_000_500);
    await call(value);
    await call(value);
    const refused = await call(value).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({
      status: 429,
      message: expect.stringMatching(
        /API key key_\w+ on requests per min \(RPM\): Limit 2, Used 2\. Please try again in 61s/,
      ),
    });
    expect((refused as { headers: Headers }).headers.get('retry-after')).toBe('61');
    expect(asked()).toBe(2);
    vi.spyOn(Date, 'now').mockReturnValue(1_800_000_061_000);
    await call(value);
  });

  test.each([
    ['max_tokens_per_1_minute', 10],
    ['max_input_tokens_per_1_minute', 7],
    ['max_output_tokens_per_1_minute', 3],
  ])('tokens that were spent count towards %s', async (limit, most) => {
    const { value } = await newKey(app, 'default', { limits: { [limit]: most + 1 } });
    vi.spyOn(Date, 'now').mockReturnValue(1_800_000_000_500);
    const message = { usage: { input_tokens: 4, cache_read_input_tokens: 3, output_tokens: 3 } };
    for (let count = 0; count < 2; count += 1) {
      app.fake.reply({ message });
      await call(value);
    }
    await expect(call(value)).rejects.toMatchObject({
      status: 429,
      message: expect.stringContaining(`Limit ${most + 1}, Used ${2 * most}`),
    });
  });
});

test('a key has so many requests at a time', async () => {
  const { value } = await newKey(app, 'default', { limits: { max_parallel_requests: 1 } });
  app.fake.reply(BEGUN);
  const leaving = new AbortController();
  const first = postChat({ url: app.url, apiKey: value }, { ...HELLO, stream: true }, { signal: leaving.signal });
  const running = await first;
  const refused = await chat(value);
  expect(refused.status).toBe(429);
  expect((await errorOf(refused)).message).toContain('on requests at a time: Limit 1');
  leaving.abort();
  await running.body?.cancel().catch(() => {});
  await eventually(async () => expect((await chat(value)).status).toBe(200));
  // What is refused takes no place.
  app.fake.replyWith(() => ({
    status: 400,
    body: { type: 'error', error: { type: 'invalid_request_error', message: 'x' } },
  }));
  for (let count = 0; count < 3; count += 1) expect((await chat(value)).status).toBe(400);
});

test('a project has limits for all models together, and for each, over all of its keys', async () => {
  const project = await newProject(app);
  const [one, two] = [await newKey(app, project.id), await newKey(app, project.id)];
  const path = `projects/${project.id}/rate_limits`;
  const { projects } = adminOf(app);
  await projects.rateLimits.updateRateLimit('rl-all', { project_id: project.id, max_requests_per_1_minute: 3 });
  await projects.rateLimits.updateRateLimit(`rl-${SONNET}`, { project_id: project.id, max_requests_per_1_minute: 1 });
  expect((await projects.rateLimits.listRateLimits(project.id)).data).toMatchObject([
    { object: 'project.rate_limit', id: 'rl-all', model: 'all', max_requests_per_1_minute: 3 },
    { id: `rl-${SONNET}`, model: SONNET, max_requests_per_1_minute: 1, max_tokens_per_1_minute: null },
  ]);
  const opus = { model: 'claude-opus-5-5' };
  const statuses = [
    (await chat(one.value)).status,
    (await chat(two.value)).status,
    (await chat(two.value, opus)).status,
    (await chat(one.value, opus)).status,
  ];
  expect(statuses).toEqual([200, 429, 200, 200]);
  const refused = await chat(one.value, opus);
  expect((await errorOf(refused)).message).toContain(`Rate limit reached for project ${project.id} on requests`);
  const { data } = await adminOf(app).auditLogs.list({ limit: 1 });
  expect(data).toMatchObject([{ type: 'rate_limit.updated', fields: ['max_requests_per_1_minute'] }]);
  for (const id of ['rl-all', `rl-${SONNET}`])
    await ask(app, 'POST', `${path}/${id}`, { max_requests_per_1_minute: null });
  expect((await projects.rateLimits.listRateLimits(project.id)).data).toEqual([]);
  expect((await chat(one.value)).status).toBe(200);
});

test('the default project’s hold for the keys of the configuration', async () => {
  await using configured = await startApp({ environment: { ...MANAGED, TRESTLE_API_KEYS: 'test-key' } });
  await ask(configured, 'POST', 'projects/default/rate_limits/rl-all', { max_requests_per_1_minute: 1 });
  expect((await chat('test-key', {}, configured)).status).toBe(200);
  expect((await chat('test-key', {}, configured)).status).toBe(429);
});

test('the headers tell the tightest limit, of Claude’s and ours', async () => {
  const limits = { max_requests_per_1_minute: 100, max_tokens_per_1_minute: 5000 };
  const { value } = await newKey(app, 'default', { limits });
  const claudes = {
    'anthropic-ratelimit-requests-limit': '50',
    'anthropic-ratelimit-requests-remaining': '7',
    'anthropic-ratelimit-requests-reset': new Date(Date.now() + 9000).toISOString(),
    'anthropic-ratelimit-tokens-limit': '90000',
    'anthropic-ratelimit-tokens-remaining': '80000',
    'anthropic-ratelimit-tokens-reset': new Date(Date.now() + 9000).toISOString(),
  };
  app.fake.reply({ message: {}, headers: claudes });
  const { headers } = await chat(value);
  const told = (name: string): string | null => headers.get(`x-ratelimit-${name}`);
  expect([told('limit-requests'), told('remaining-requests')]).toEqual(['50', '7']);
  expect([told('limit-tokens'), told('remaining-tokens')]).toEqual(['5000', '5000']);
});

test('one answer that is asked for twice under its key counts once', async () => {
  const { value } = await newKey(app, 'default', { limits: { max_requests_per_1_minute: 1 } });
  const headers = { 'idempotency-key': 'once' };
  const ask = (): Promise<Response> => postChat({ url: app.url, apiKey: value }, HELLO, { headers });
  expect([(await ask()).status, (await ask()).status, (await chat(value)).status]).toEqual([200, 200, 429]);
});

test('processes that share a storage hold one limit together', async () => {
  await using file = await storageFile();
  const environment = { ...MANAGED, TRESTLE_STORAGE: `sqlite:${file.path}` };
  await using one = await startApp({ environment });
  await using two = await startApp({ environment });
  const { value } = await newKey(one, 'default', { limits: { max_requests_per_1_minute: 10 } });
  // It is open until it has seen the first key.
  await eventually(async () => expect((await chat('none', {}, two)).status).toBe(401));
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_none, index) => chat(value, {}, index % 2 === 0 ? one : two)),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
});

test('limits that can’t be checked let nobody in, and say so', async () => {
  const { value } = await newKey(app, 'default', { limits: { max_requests_per_1_minute: 10 } });
  const { value: free } = await newKey(app, 'default');
  vi.spyOn(MemoryCounters.prototype, 'claim').mockRejectedValue(new Error('the disk is gone'));
  const refused = await chat(value);
  expect([refused.status, (await errorOf(refused)).message]).toEqual([
    503,
    'The limits of this API key can not be checked now',
  ]);
  expect((await chat(free)).status).toBe(200);
});

test.each([
  ['rl-gpt-9', { max_requests_per_1_minute: 1 }, 'rate_limit_id'],
  ['all', { max_requests_per_1_minute: 1 }, 'rate_limit_id'],
  ['rl-all', { max_requests_per_1_minute: 0 }, 'max_requests_per_1_minute'],
])('%s with %j is a 400 that names the field', async (id, body, param) => {
  const refused = await ask(app, 'POST', `projects/default/rate_limits/${id}`, body);
  expect([refused.status, (await errorOf(refused)).param]).toEqual([400, param]);
});
