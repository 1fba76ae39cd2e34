import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';

// The list of models in the shapes that Anthropic's clients and Codex read.

interface Page {
  data: { type: string; id: string; display_name: string; created_at: string }[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
}

test('clients of Anthropic page forwards and backwards through all of them', async () => {
  await using app = await startApp();
  const get = async (path: string): Promise<Page> => {
    const headers = { 'x-api-key': app.apiKey, 'anthropic-version': '2023-06-01' };
    return (await (await fetch(app.url + path, { headers })).json()) as Page;
  };
  const all = await get('/v1/models?limit=1000');
  const ids = all.data.map(({ id }) => id);
  expect(all).toMatchObject({ has_more: false, first_id: ids[0], last_id: ids.at(-1) });
  // As Claude itself has it.
  const claudes = await fetch(`${app.fake.url}/v1/models/${ids[0]}`, {
    headers: { 'x-api-key': 'test-upstream-key', 'anthropic-version': '2023-06-01' },
  });
  expect(all.data[0]).toEqual(await claudes.json());
  const seen: string[] = [];
  for (let after = ''; ;) {
    const page = await get(`/v1/models?limit=3${after}`);
    seen.push(...page.data.map(({ id }) => id));
    if (!page.has_more) break;
    after = `&after_id=${page.last_id}`;
  }
  expect(seen).toEqual(ids);
  const before = await get(`/v1/models?limit=2&before_id=${ids[4]}`);
  expect(before).toMatchObject({ has_more: true, data: [{ id: ids[2] }, { id: ids[3] }] });
  expect(await get(`/v1/models/${ids[1]}`)).toMatchObject({ type: 'model', id: ids[1] });
});

test.each([
  ['limit=0', 'limit'],
  ['limit=1001', 'limit'],
  ['limit=x', 'limit'],
  ['limit=1&limit=2', 'limit'],
  ['after_id=none', 'after_id'],
  ['before_id=none', 'before_id'],
  ['after_id=a&after_id=b', 'after_id'],
  ['after_id=a&before_id=b', 'before_id'],
])('clients of Anthropic that ask for %s read which field is wrong', async (query, field) => {
  await using app = await startApp();
  const headers = { 'x-api-key': app.apiKey, 'anthropic-version': '2023-06-01' };
  const response = await fetch(`${app.url}/v1/models?${query}`, { headers });
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { type: 'error', error: { type: 'invalid_request_error', message: expect.stringMatching(`^${field}: `) } },
  ]);
});

test('a model that Claude does not tell of has all fields of one', async () => {
  await using app = await startApp({
    environment: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', TRESTLE_MAX_RETRIES: '0' },
  });
  const headers = { 'x-api-key': app.apiKey, 'anthropic-version': '2023-06-01' };
  const { data } = (await (await fetch(`${app.url}/v1/models`, { headers })).json()) as Page;
  expect(data.length).toBeGreaterThan(5);
  for (const model of data)
    expect(model).toEqual({
      type: 'model',
      id: expect.any(String),
      display_name: expect.any(String),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT00:00:00Z$/),
      max_input_tokens: expect.any(Number),
      max_tokens: expect.any(Number),
      capabilities: null,
      lifecycle: 'active',
      line: null,
      deprecated_at: null,
      retires_at: expect.toBeOneOf([null, expect.stringMatching(/^\d{4}-\d\d-\d\dT00:00:00Z$/)]),
    });
});

test('Codex has its catalogue beside the list, with every field that it needs', async () => {
  await using app = await startApp({ environment: { TRESTLE_MODEL_ALIASES: '{"mine":"claude-opus-5-5"}' } });
  const headers = { authorization: `Bearer ${app.apiKey}` };
  const list = (await (await fetch(`${app.url}/v1/models?client_version=0.171.0`, { headers })).json()) as {
    object: string;
    data: { id: string }[];
    models: Record<string, unknown>[];
  };
  expect(list.models.map(({ slug }) => slug)).toEqual(list.data.map(({ id }) => id));
  const needed =
    'slug display_name supported_reasoning_levels shell_type visibility supported_in_api priority support_verbosity ' +
    'truncation_policy experimental_supported_tools base_instructions context_window input_modalities';
  for (const model of list.models) expect(Object.keys(model)).toEqual(expect.arrayContaining(needed.split(' ')));
  // An alias has what its model has.
  const [alias, meant] = ['mine', 'claude-opus-5-5'].map((slug) => list.models.find((model) => model['slug'] === slug));
  expect(meant!['supported_reasoning_levels']).not.toEqual([]);
  for (const field of ['supported_reasoning_levels', 'default_reasoning_level', 'context_window'])
    expect(alias![field]).toEqual(meant![field]);
  const plain = await (await fetch(`${app.url}/v1/models`, { headers })).json();
  expect(plain).not.toHaveProperty('models');
});
