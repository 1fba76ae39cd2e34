import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { createCallRecord } from '../../server/calls/call.ts';
import { Cancellation } from '../../server/calls/cancellation.ts';
import { hashKey } from '../../server/config.ts';
import { ACCESS } from '../support/access.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { startFakeClaude } from '../support/fake-claude.ts';
import { storageFile } from '../support/storage-file.ts';
import { clientOf, HELLO, post } from './messages-client.ts';

// Batches of Claude's account, each for the caller that made it.

const PATH = '/v1/messages/batches';
const KEYS = { TRESTLE_API_KEYS: 'one,two' };

/** A batch of messages with these names. */
function batchOf(...ids: string[]): Anthropic.Messages.BatchCreateParams {
  return { requests: ids.map((id) => ({ custom_id: id, params: HELLO })) };
}

async function tenants(environment: Record<string, string> = KEYS) {
  const app = await startApp({ environment });
  const [one, two] = ['one', 'two'].map((apiKey) => clientOf({ ...app, apiKey }).messages.batches);
  return { app, one: one!, two: two!, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

async function idsOf(list: AsyncIterable<{ id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of list) ids.push(id);
  return ids;
}

function get({ url, apiKey }: AppResource, path: string): Promise<Response> {
  return fetch(url + path, { headers: { 'x-api-key': apiKey } });
}

/** A request whose path stays as it is written: `fetch` resolves `..` itself. */
async function sendRaw({ url }: AppResource, method: string, path: string): Promise<[number | undefined, string]> {
  const headers = { 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
  const sent = request(url, { method, path, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return [response.statusCode, await text(response)];
}

test('a batch that Claude may have made is not made again, and its caller is told not to', async () => {
  await using app = await startApp();
  app.fake.batches.loses = 1;
  const { batches } = clientOf(app, 2).messages;
  const failure: unknown = await batches.create(batchOf('a')).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(APIError);
  const { status, headers } = failure as APIError;
  expect([status, headers?.get('x-should-retry')]).toEqual([502, 'false']);
  expect(app.fake.requests.filter(({ path }) => path === PATH)).toHaveLength(1);
});

test("Anthropic's client makes a batch, reads its results, and deletes it", async () => {
  await using app = await startApp();
  const { batches } = clientOf(app).messages;
  const made = await batches.create(batchOf('a', 'b'));
  expect(made).toMatchObject({ type: 'message_batch', processing_status: 'in_progress', results_url: null });
  expect(await batches.retrieve(made.id)).toMatchObject({
    processing_status: 'ended',
    results_url: `${PATH}/${made.id}/results`,
  });
  const results: Anthropic.Messages.MessageBatchIndividualResponse[] = [];
  for await (const result of await batches.results(made.id)) results.push(result);
  expect(results).toMatchObject([
    { custom_id: 'b', result: { type: 'succeeded' } },
    { custom_id: 'a', result: { type: 'succeeded', message: { role: 'assistant' } } },
  ]);
  expect(await batches.delete(made.id)).toEqual({ id: made.id, type: 'message_batch_deleted' });
  await expect(batches.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
  for (const { headers } of app.fake.requests) expect(headers.authorization).toBe('Bearer test-upstream-key');
});

test('a batch can be canceled', async () => {
  await using app = await startApp();
  const { batches } = clientOf(app).messages;
  const { id } = await batches.create(batchOf('a'));
  expect(await batches.cancel(id)).toMatchObject({ processing_status: 'canceling' });
  expect(await batches.retrieve(id)).toMatchObject({ request_counts: { canceled: 1 } });
});

test('bodies and results pass byte for byte, with betas and headers', async () => {
  await using app = await startApp();
  const json = ` { "requests":[ {"custom_id" :"a","params": ${JSON.stringify(HELLO, null, 1)}} ]}`;
  const response = await post(app, json, { path: PATH, headers: { 'anthropic-beta': 'a-2026-01-01' } });
  expect(response.headers.get('request-id')).toMatch(/^req_fake/);
  const { rawBody, headers } = app.fake.requests.at(-1)!;
  expect([rawBody, headers['anthropic-beta']]).toEqual([json, 'a-2026-01-01']);
  const { id } = (await response.json()) as { id: string };
  await get(app, `${PATH}/${id}`);
  const results = await get(app, `${PATH}/${id}/results`);
  const own = await fetch(`${app.fake.url}${PATH}/${id}/results`, { headers: { 'x-api-key': 'test-upstream-key' } });
  expect(results.headers.get('content-type')).toBe('application/x-jsonl');
  expect(await results.text()).toBe(await own.text());
});

test('results are found under the public address of the server', async () => {
  await using app = await startApp({ environment: { TRESTLE_PUBLIC_URL: 'https://claude.example/api/' } });
  const { batches } = clientOf(app).messages;
  const { id } = await batches.create(batchOf('a'));
  const { results_url: url } = await batches.retrieve(id);
  expect(url).toBe(`https://claude.example/api${PATH}/${id}/results`);
  expect(await (await get(app, PATH)).json()).toMatchObject({ data: [{ results_url: url }] });
});

test("what Claude says of a batch is passed on in Claude's words", async () => {
  await using app = await startApp();
  const { batches } = clientOf(app).messages;
  await expect(batches.create({ requests: [] })).rejects.toMatchObject({
    status: 400,
    error: { error: { message: 'requests: List should have at least 1 item after validation, not 0' } },
  });
  const { id } = await batches.create(batchOf('a'));
  await expect(batches.delete(id)).rejects.toMatchObject({ status: 400 });
  const early = await get(app, `${PATH}/${id}/results`);
  expect([early.status, await early.json()]).toMatchObject([404, { error: { type: 'not_found_error' } }]);
});

describe("another caller's batch", () => {
  test('is not found, whatever is asked of it', async () => {
    await using both = await tenants();
    const { app, one, two } = both;
    const { id } = await one.create(batchOf('a'));
    await one.retrieve(id);
    const asked = app.fake.requests.length;
    const missing = { status: 404, error: { type: 'error', error: { type: 'not_found_error' } } };
    await expect(two.retrieve(id)).rejects.toMatchObject(missing);
    await expect(two.cancel(id)).rejects.toMatchObject(missing);
    await expect(two.delete(id)).rejects.toMatchObject(missing);
    const results = await get({ ...app, apiKey: 'two' }, `${PATH}/${id}/results`);
    expect(results.status).toBe(404);
    await expect(two.list({ after_id: id })).rejects.toMatchObject(missing);
    expect(app.fake.requests.length).toBe(asked);
    expect((await one.retrieve(id)).id).toBe(id);
  });

  test('is not listed, and pages are as long as they were asked to be', async () => {
    await using both = await tenants();
    const { app, one, two } = both;
    const made: Record<string, string[]> = { one: [], two: [] };
    for (const [index, name] of ['one', 'two', 'one', 'one', 'two', 'one', 'one'].entries()) {
      const { id } = await (name === 'one' ? one : two).create(batchOf(`r${index}`));
      made[name]!.unshift(id);
    }
    expect(await idsOf(one.list({ limit: 2 }))).toEqual(made['one']);
    expect(await idsOf(two.list())).toEqual(made['two']);
    const page = await one.list({ limit: 3 });
    expect(page).toMatchObject({ has_more: true, first_id: made['one']![0], last_id: made['one']![2] });
    const before = await one.list({ limit: 2, before_id: made['one']![4]! });
    expect([before.data.map(({ id }) => id), before.has_more]).toEqual([made['one']!.slice(2, 4), true]);
    const first = await one.list({ limit: 2, before_id: made['one']![2]! });
    expect([first.data.map(({ id }) => id), first.has_more]).toEqual([made['one']!.slice(0, 2), false]);
    const refused = await get({ ...app, apiKey: 'one' }, `${PATH}?limit=0`);
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { message: expect.stringMatching(/^limit: /) } },
    ]);
  });

  test('is everyone’s where there are no keys, also one that was made elsewhere', async () => {
    await using both = await tenants({ TRESTLE_API_KEYS: '' });
    const { app, one, two } = both;
    const elsewhere = new Anthropic({ baseURL: app.fake.url, apiKey: 'test-upstream-key' });
    const { id } = await elsewhere.messages.batches.create(batchOf('a'));
    const { id: later } = await one.create(batchOf('b'));
    expect(await idsOf(two.list({ limit: 1 }))).toEqual([later, id]);
    expect((await two.retrieve(id)).processing_status).toBe('ended');
  });
});

test.each(['%2e', '%2e%2e', 'a%2Fb', 'a%3Fb', '%20'])(
  'an id that is none, %s, is not found, and reaches no other path of Claude’s',
  async (id) => {
    await using app = await startApp({ environment: { TRESTLE_API_KEYS: '' } });
    for (const [method, end] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/cancel'],
      ['GET', '/results'],
    ] as const) {
      const [status, body] = await sendRaw(app, method, `${PATH}/${id}${end}`);
      expect([status, JSON.parse(body)]).toMatchObject([404, { error: { type: 'not_found_error' } }]);
    }
    expect(app.fake.requests).toEqual([]);
  },
);

test('a batch under one key is made once', async () => {
  await using app = await startApp();
  const headers = { 'idempotency-key': 'k' };
  const texts = await Promise.all(
    [1, 2].map(async () => (await post(app, batchOf('a'), { path: PATH, headers })).text()),
  );
  expect(texts[1]).toBe(texts[0]);
  expect(app.fake.requests.filter(({ path }) => path === PATH)).toHaveLength(1);
});

test('a batch whose maker has left is made all the same, and is the maker’s', async () => {
  await using app = await startApp();
  const { batches } = app.app.services;
  const signal = new Cancellation();
  signal.abort();
  const call = {
    owner: hashKey(app.apiKey),
    access: ACCESS,
    strict: false,
    record: createCallRecord(),
    signal,
  };
  await batches.complete(call, { json: JSON.stringify(batchOf('a')), headers: {} });
  expect(await idsOf(clientOf(app).messages.batches.list())).toHaveLength(1);
});

test.each(['off', 'sqlite'])(
  'batches are their makers’ also with %s as storage, after a restart with a file',
  async (kind) => {
    await using file = await storageFile();
    const TRESTLE_STORAGE = kind === 'off' ? 'off' : `sqlite:${file.path}`;
    await using fake = await startFakeClaude();
    const environment = { ...KEYS, TRESTLE_STORAGE };
    const before = await startApp({ environment, fake });
    const { id } = await clientOf({ ...before, apiKey: 'one' }).messages.batches.create(batchOf('a'));
    if (kind === 'off') {
      expect(await idsOf(clientOf({ ...before, apiKey: 'one' }).messages.batches.list())).toEqual([id]);
      await before[Symbol.asyncDispose]();
      return;
    }
    await before[Symbol.asyncDispose]();
    await using after = await startApp({ environment, fake });
    expect(await idsOf(clientOf({ ...after, apiKey: 'one' }).messages.batches.list())).toEqual([id]);
    expect(await idsOf(clientOf({ ...after, apiKey: 'two' }).messages.batches.list())).toEqual([]);
  },
);
