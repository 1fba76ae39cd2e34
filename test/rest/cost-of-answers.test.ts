import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../life/server-process.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO, parseSse, postChat } from '../support/rest-request.ts';
import { storageFile } from '../support/storage-file.ts';

// What an answer cost stands in it, at each door, and in the log: Claude's own counts times the prices.

const usage = {
  input_tokens: 1000,
  cache_read_input_tokens: 2000,
  cache_creation_input_tokens: 400,
  cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 100 },
  output_tokens: 50,
};
const says = (model: string, more: object = {}) => ({
  message: { model, content: [{ type: 'text', text: 'Hello' }], usage: { ...usage, ...more } },
});
/** Of Sonnet 5.5: 1000 x 2 + 2000 x 0.1 + 300 x 2.5 + 100 x 4 + 50 x 10 dollars a million. */
const DOLLARS = 0.00385;
const HEADER = 'x-trestle-cost';
const MODEL = 'claude-sonnet-5-5';

/** What Claude may pause after. */
const SEARCH = [
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'Oslo' } },
  { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
];

let app: AppResource;
beforeAll(async () => {
  app = await startApp({ environment: { LOG_LEVEL: 'info' } });
});
afterAll(() => app[Symbol.asyncDispose]());

async function post(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-api-key': app.apiKey, 'anthropic-version': '2023-06-01' };
  return await fetch(app.url + path, { method: 'POST', headers, body: JSON.stringify({ model: MODEL, ...body }) });
}

const lastLine = () => app.logs.findLast(({ msg }) => msg === 'request');

test('of a whole completion', async () => {
  app.fake.reply(says(MODEL));
  const response = await postChat(app, HELLO);
  expect(await response.json()).toMatchObject({ usage: { prompt_tokens: 3400, cost: DOLLARS } });
  expect(response.headers.get(HEADER)).toBe('0.00385');
  await expect.poll(lastLine).toMatchObject({ cost: DOLLARS });
});

test('of a streamed one, all choices together', async () => {
  for (let choice = 0; choice < 2; choice += 1) app.fake.reply(says(MODEL));
  const request = { ...HELLO, stream: true, n: 2, stream_options: { include_usage: true } };
  const { chunks } = parseSse(await (await postChat(app, request)).text());
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { cost: 2 * DOLLARS } });
});

test('of a response, whole and streamed', async () => {
  app.fake.reply(says(MODEL));
  const whole = await post('/v1/responses', { input: 'Hello' });
  expect(await whole.json()).toMatchObject({ usage: { input_tokens: 3400, cost: DOLLARS } });
  expect(whole.headers.get(HEADER)).toBe('0.00385');
  app.fake.reply(says(MODEL));
  const streamed = await (await post('/v1/responses', { input: 'Hello', stream: true })).text();
  expect(streamed.slice(streamed.indexOf('event: response.completed'))).toContain(`"cost":${DOLLARS}`);
});

test('of a message, in a header: its bytes are Claude’s own', async () => {
  app.fake.reply(says(MODEL));
  const response = await post('/v1/messages', { max_tokens: 100, messages: HELLO.messages });
  expect(response.headers.get(HEADER)).toBe('0.00385');
  expect(await response.text()).not.toContain('"cost"');
});

test('of each call before a pause, by its own prompt', async () => {
  // Each prompt is shorter than 100,000 tokens, where the price changes; both together are longer.
  const { message } = says('claude-haiku-5-5', { input_tokens: 60_000 });
  const answer = (): void => {
    app.fake.reply({ message: { ...message, content: SEARCH, stop_reason: 'pause_turn' } });
    app.fake.reply({ message });
  };
  const cost = (2 * (60_000 * 0.1 + 2000 * 0.01 + 300 * 0.125 + 100 * 0.2 + 50 * 0.5)) / 1e6;
  const request = { ...HELLO, model: 'claude-haiku-5-5', web_search_options: {} };
  answer();
  expect(await (await postChat(app, request)).json()).toMatchObject({ usage: { prompt_tokens: 124_800, cost } });
  answer();
  const stream = { ...request, stream: true, stream_options: { include_usage: true } };
  const { chunks } = parseSse(await (await postChat(app, stream)).text());
  expect(chunks.at(-1)).toMatchObject({ usage: { prompt_tokens: 124_800, cost } });
});

describe('of a model without a price', () => {
  test('it is told that the cost is not known', async () => {
    app.fake.reply(says('claude-mythos-preview'));
    const response = await postChat(app, { ...HELLO, model: 'claude-mythos-preview' });
    expect(response.headers.get(HEADER)).toBe('unknown');
    expect(await response.json()).toMatchObject({ usage: { cost: null } });
    const metrics = await (
      await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${app.apiKey}` } })
    ).text();
    expect(metrics).toContain('trestle_unpriced_calls_total{model="claude-mythos-preview"} 1');
    expect(metrics).toMatch(/^trestle_cost_dollars_total\{model="claude-sonnet-5-5"\} 0\.0\d+$/m);
  });

  test('a file of prices gives it one, and a wrong file stops the start', async () => {
    await using file = await storageFile();
    const price = { input: 1, output: 2, cacheWrite5m: 1.25, cacheWrite1h: 2, cacheRead: 0.1 };
    await writeFile(file.path, JSON.stringify({ version: '2026-12-01', models: { 'claude-mythos-preview': price } }));
    await using priced = await startApp({ environment: { TRESTLE_PRICES: file.path } });
    priced.fake.reply(says('claude-mythos-preview', { cache_creation: null }));
    const response = await postChat(priced, { ...HELLO, model: 'claude-mythos-preview' });
    expect(response.headers.get(HEADER)).toBe('0.0018');
    await writeFile(
      file.path,
      JSON.stringify({ version: '1', models: { 'claude-mythos-preview': { ...price, input: -1 } } }),
    );
    await using server = startServer({ TRESTLE_PRICES: file.path });
    expect(await server.exited).toBe(1);
    expect(server.stderr).toMatch(/TRESTLE_PRICES: .*claude-mythos-preview"?\]?\.input/s);
  });
});
