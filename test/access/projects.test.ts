import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai-7';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { batchClient, batchOf, linesOf, readLines } from '../support/batch-client.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';
import { adminOf, ask, MANAGED, newKey, newProject } from './admin-client.ts';

// What keys may, what they share, and on whose account it is.

let app: AppResource;
beforeEach(async () => {
  app = await startApp({ environment: { ...MANAGED, TRESTLE_MODEL_ALIASES: '{"general":"claude-opus-5-5"}' } });
});
afterEach(() => app[Symbol.asyncDispose]());

const SONNET = 'claude-sonnet-5-5';
const openaiOf = (apiKey: string): OpenAI => new OpenAI({ apiKey, baseURL: `${app.url}/v1`, maxRetries: 0 });
const anthropicOf = (apiKey: string): Anthropic => new Anthropic({ apiKey, baseURL: app.url, maxRetries: 0 });
const messages = [{ role: 'user' as const, content: 'Hello' }];

/** Each way to have a model of Claude's answer. */
const DOORS: Record<string, (apiKey: string, model: string) => Promise<unknown>> = {
  'chat completions': (apiKey, model) => openaiOf(apiKey).chat.completions.create({ model, messages }),
  'streamed chat completions': async (apiKey, model) => {
    for await (const _chunk of await openaiOf(apiKey).chat.completions.create({ model, messages, stream: true }));
  },
  responses: (apiKey, model) => openaiOf(apiKey).responses.create({ model, input: 'Hello' }),
  'responses in the background': (apiKey, model) =>
    openaiOf(apiKey).responses.create({ model, input: 'Hello', background: true }),
  messages: (apiKey, model) => anthropicOf(apiKey).messages.create({ model, max_tokens: 9, messages }),
  'streamed messages': (apiKey, model) =>
    anthropicOf(apiKey).messages.stream({ model, max_tokens: 9, messages }).finalMessage(),
  'counted messages': (apiKey, model) => anthropicOf(apiKey).messages.countTokens({ model, messages }),
  'a model': (apiKey, model) => openaiOf(apiKey).models.retrieve(model),
};

describe.each(Object.entries(DOORS))('a key with models of its own, at %s,', (_name, reach) => {
  test('reaches them and by its own names, and no other', async () => {
    const { value } = await newKey(app, 'default', { models: ['mine', SONNET], aliases: { mine: 'claude-haiku-5-5' } });
    await reach(value, SONNET);
    await reach(value, 'mine');
    for (const model of ['claude-opus-5-5', 'general'])
      await expect(reach(value, model)).rejects.toMatchObject({
        status: 403,
        message: expect.stringContaining("may not use the model 'claude-opus-5-5'. It may use 'claude-haiku-5-5'"),
      });
    const asked = app.fake.requests.map(({ body }) => (body as { model?: string } | undefined)?.model);
    expect(asked).not.toContain('claude-opus-5-5');
    const { value: others } = await newKey(app, 'default');
    await expect(reach(others, 'mine')).rejects.toMatchObject({ status: 404 });
    await reach(others, 'general');
  });
});

test('a key with models of its own is shown them, and their names', async () => {
  const { value } = await newKey(app, 'default', { models: ['mine', SONNET], aliases: { mine: 'claude-haiku-5-5' } });
  const { data } = await openaiOf(value).models.list();
  expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining([SONNET, 'claude-haiku-5-5', 'mine']));
  expect(data).toHaveLength(3);
});

test('a refused model has the code of the table, in both envelopes', async () => {
  const { value } = await newKey(app, 'default', { models: [SONNET] });
  const refused = await postChat({ url: app.url, apiKey: value }, { ...HELLO, model: 'claude-opus-5-5' });
  expect(await errorOf(refused)).toMatchObject({
    code: 'model_not_allowed',
    type: 'invalid_request_error',
    param: 'model',
  });
  const failure: unknown = await DOORS['messages']!(value, 'claude-opus-5-5').catch((thrown: unknown) => thrown);
  expect((failure as { error: unknown }).error).toMatchObject({ type: 'error', error: { type: 'permission_error' } });
});

test('a batch has the models of the key that made it, and is on its account', async () => {
  const project = await newProject(app);
  const [maker, reader] = [await newKey(app, project.id, { models: [SONNET] }), await newKey(app, project.id)];
  const chat = '/v1/chat/completions';
  const openai = batchClient(app, maker.value);
  const refused = await batchOf(openai, chat, linesOf(chat, [{ ...HELLO, model: 'claude-opus-5-5' }]));
  expect(refused).toMatchObject({ status: 'failed', errors: { data: [{ code: 'model_not_allowed', line: 1 }] } });
  const { id } = await batchOf(openai, chat, linesOf(chat, [HELLO]));
  const done = await batchClient(app, reader.value).batches.retrieve(id);
  expect((await readLines(openai, done.output_file_id)).size).toBe(1);
  const usage = await usageBy('api_key_id');
  expect(usage.get(maker.id)).toBe(1);
  expect(usage.has(reader.id)).toBe(false);
});

test('a batch of Claude’s own has the models of its key, and is in the ledger once its results are read', async () => {
  const project = await newProject(app);
  const [maker, reader] = [await newKey(app, project.id, { models: [SONNET] }), await newKey(app, project.id)];
  const { batches } = anthropicOf(maker.value).messages;
  const requestOf = (custom_id: string, model: string) => ({ custom_id, params: { model, max_tokens: 9, messages } });
  await expect(
    batches.create({ requests: [requestOf('a', SONNET), requestOf('b', 'claude-opus-5-5')] }),
  ).rejects.toMatchObject({ status: 403, message: expect.stringContaining("may not use the model 'claude-opus-5-5'") });
  expect(app.fake.requests.filter(({ path }) => path.endsWith('/batches'))).toEqual([]);
  const { id } = await batches.create({ requests: [requestOf('a', SONNET), requestOf('b', SONNET)] });
  await batches.retrieve(id);
  for (const { value } of [maker, reader, maker])
    for await (const _result of await anthropicOf(value).messages.batches.results(id));
  const usage = await usageBy('api_key_id');
  expect([usage.get(maker.id), usage.has(reader.id)]).toEqual([2, false]);
});

/** Calls by what they are grouped by. */
async function usageBy(group: 'api_key_id' | 'project_id'): Promise<Map<string | null, number>> {
  const start_time = Math.floor(Date.now() / 86_400_000) * 86_400;
  const page = await adminOf(app).usage.completions({ start_time, group_by: [group] });
  const results = page.data.flatMap(({ results: each }) => each as unknown as Record<string, string | number>[]);
  return new Map(results.map((result) => [result[group] as string, result['num_model_requests'] as number]));
}

test('usage and costs are told apart by project', async () => {
  const [web, jobs] = [await newProject(app, 'web'), await newProject(app, 'jobs')];
  const keys = [await newKey(app, web.id), await newKey(app, web.id), await newKey(app, jobs.id)];
  for (const { value } of keys) await DOORS['chat completions']!(value, SONNET);
  expect(await usageBy('project_id')).toEqual(
    new Map([
      [web.id, 2],
      [jobs.id, 1],
    ]),
  );
  expect(await usageBy('api_key_id')).toEqual(new Map(keys.map(({ id }) => [id, 1])));
  const start_time = Math.floor(Date.now() / 86_400_000) * 86_400;
  const { data } = await adminOf(app).usage.costs({ start_time, group_by: ['project_id'], project_ids: [jobs.id] });
  expect(data.flatMap(({ results }) => results)).toMatchObject([{ project_id: jobs.id, amount: { currency: 'usd' } }]);
});

test('what a key stores belongs to its project: its other keys find it, those of another project do not', async () => {
  const [web, jobs] = [await newProject(app, 'web'), await newProject(app, 'jobs')];
  const [one, two, other] = [await newKey(app, web.id), await newKey(app, web.id), await newKey(app, jobs.id)];
  const { id } = await openaiOf(one.value).responses.create({ model: SONNET, input: 'Hello' });
  expect((await openaiOf(two.value).responses.retrieve(id)).id).toBe(id);
  await openaiOf(two.value).responses.create({ model: SONNET, input: 'And?', previous_response_id: id });
  await expect(openaiOf(other.value).responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  await expect(
    openaiOf(other.value).responses.create({ model: SONNET, input: 'And?', previous_response_id: id }),
  ).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' });
});

describe('projects', () => {
  test('are made, renamed, listed and archived by OpenAI’s client', async () => {
    const { projects } = adminOf(app);
    const web = await projects.create({ name: 'web' });
    expect(web).toMatchObject({ object: 'organization.project', name: 'web', status: 'active', archived_at: null });
    expect(await projects.update(web.id, { name: 'web shop' })).toEqual({ ...web, name: 'web shop' });
    expect(await projects.retrieve(web.id)).toEqual({ ...web, name: 'web shop' });
    const names: (string | null | undefined)[] = [];
    for await (const { name } of projects.list({ limit: 1 })) names.push(name);
    expect(names).toEqual(['web shop', 'Default project']);
    expect(await projects.archive(web.id)).toMatchObject({ status: 'archived', archived_at: expect.any(Number) });
    expect((await projects.list()).data.map(({ id }) => id)).toEqual(['default']);
    expect((await projects.list({ include_archived: true })).data.map(({ id }) => id)).toEqual([web.id, 'default']);
    await expect(projects.retrieve('proj_x')).rejects.toMatchObject({ status: 404, param: 'project_id' });
  });

  test('that are archived have no valid keys, and get none', async () => {
    const project = await newProject(app);
    const { id, value } = await newKey(app, project.id);
    await DOORS['chat completions']!(value, SONNET);
    await adminOf(app).projects.archive(project.id);
    await expect(DOORS['chat completions']!(value, SONNET)).rejects.toMatchObject({ status: 401 });
    const refused = await ask(app, 'POST', `projects/${project.id}/api_keys`, { name: 'x' });
    expect([refused.status, (await errorOf(refused)).param]).toEqual([400, 'project_id']);
    expect(await adminOf(app).projects.apiKeys.retrieve(id, { project_id: project.id })).toMatchObject({
      owner_project_access: 'inactive',
    });
  });

  test('the default one has the keys of the configuration, and stays', async () => {
    await using configured = await startApp({ environment: { ...MANAGED, TRESTLE_API_KEYS: 'test-key' } });
    expect((await postChat(configured, HELLO)).status).toBe(200);
    const start_time = Math.floor(Date.now() / 86_400_000) * 86_400;
    const { data } = await adminOf(configured).usage.completions({ start_time, group_by: ['project_id'] });
    expect(data.flatMap(({ results }) => results)).toMatchObject([{ project_id: 'default', num_model_requests: 1 }]);
    await expect(adminOf(configured).projects.archive('default')).rejects.toMatchObject({
      status: 400,
      param: 'project_id',
    });
  });
});
