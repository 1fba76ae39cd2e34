import type OpenAI from 'openai-7';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashKey } from '../../server/config.ts';
import { type Storages, openStorages } from '../../server/store/open-storage.ts';
import { secondsNow } from '../../server/store/storage.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { batchClient, batchOf, linesOf, readLines } from '../support/batch-client.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeClaude, startFakeClaude } from '../support/fake-claude.ts';
import { HELLO } from '../support/rest-request.ts';
import { type StorageFile, storageFile } from '../support/storage-file.ts';

// A batch is finished once, whoever asks for it, in however many processes, and also when one dies at it.

const CHAT = '/v1/chat/completions';
const BODIES = Array.from({ length: 4 }, () => ({ ...HELLO, store: true }));
const OWNER = hashKey('test-key');

let fake: FakeClaude;
let file: StorageFile;
let environment: Record<string, string>;
beforeEach(async () => {
  [fake, file] = await Promise.all([startFakeClaude(), storageFile()]);
  environment = { TRESTLE_STORAGE: `sqlite:${file.path}`, TRESTLE_ADMIN_KEY: 'admin-key' };
});
afterEach(async () => {
  await fake[Symbol.asyncDispose]();
  await file[Symbol.asyncDispose]();
});

/** Tokens that a process has counted: all, and those of batches. */
async function tokensOf({ url, apiKey }: AppResource): Promise<[all: number, ofBatches: number]> {
  const text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${apiKey}` } })).text();
  const count = (name: string): number =>
    [...text.matchAll(new RegExp(`^${name}\\{kind="(?:prompt|completion)"\\} (\\d+)$`, 'gm'))]
      .map(([, tokens]) => Number(tokens))
      .reduce((sum, tokens) => sum + tokens, 0);
  return [count('trestle_tokens_total'), count('trestle_batch_tokens_total')];
}

/** Calls in the ledger, which all processes share. */
async function callsOf({ url }: AppResource): Promise<number> {
  const headers = { authorization: 'Bearer admin-key' };
  const since = Math.floor(Date.now() / 1000) - 3600;
  const page = await fetch(`${url}/v1/organization/usage/completions?start_time=${since}`, { headers });
  const { data } = (await page.json()) as { data: { results: { num_model_requests: number }[] }[] };
  return data.flatMap(({ results }) => results).reduce((sum, result) => sum + result.num_model_requests, 0);
}

/** A promise, and the function that fulfils it. */
function gate(): { released: Promise<void>; release: () => void } {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  return { released, release };
}

/** Claude answers the next request once the returned function is called. */
function holdReply(): () => void {
  const { released, release } = gate();
  fake.replyWith(async () => {
    await released;
    return { message: {} };
  });
  return release;
}

const resultsAsked = (): number => fake.requests.filter(({ path }) => path.endsWith('/results')).length;

/** That a batch is done, and each of its requests has one answer; returns its tokens. */
async function expectWhole(openai: OpenAI, batch: OpenAI.Batch): Promise<number> {
  expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 4, completed: 4, failed: 0 } });
  expect(batch.error_file_id).toBeUndefined();
  expect((await readLines(openai, batch.output_file_id)).size).toBe(4);
  expect((await openai.files.list({ purpose: 'batch_output' })).data.map(({ id }) => id)).toEqual([
    batch.output_file_id,
  ]);
  // Each asked to be stored.
  expect((await openai.chat.completions.list({ limit: 100 })).data).toHaveLength(4);
  return batch.usage!.total_tokens;
}

describe('several callers that ask at once', () => {
  test.each([
    ['of one process', 1],
    ['of two processes', 2],
  ])('%s finish a batch once', async (_name, processes) => {
    await using one = await startApp({ fake, environment });
    await using two = processes === 2 ? await startApp({ fake, environment }) : undefined;
    const openai = batchClient(one);
    const { id } = await batchOf(openai, CHAT, linesOf(CHAT, BODIES));
    const { released, release } = gate();
    fake.batches.beforeResults = () => released;
    const first = openai.batches.retrieve(id);
    await eventually(() => expect(resultsAsked()).toBe(1));
    const others = await Promise.all([batchClient(two ?? one).batches.retrieve(id), openai.batches.retrieve(id)]);
    for (const { status, output_file_id: output } of others)
      expect([status, output]).toEqual(['finalizing', undefined]);
    release();
    const tokens = await expectWhole(openai, await first);
    expect(await openai.batches.retrieve(id)).toEqual(await first);
    expect(resultsAsked()).toBe(1);
    expect(await tokensOf(one)).toEqual([tokens, tokens]);
    if (two) expect(await tokensOf(two)).toEqual([0, 0]);
    expect(await callsOf(one)).toBe(4);
  });

  test('while it is made leave that to its maker', async () => {
    await using app = await startApp({ fake, environment });
    const openai = batchClient(app);
    const release = holdReply();
    const batch = batchOf(openai, CHAT, linesOf(CHAT, BODIES));
    await fake.waitForRequest(1, '/v1/messages/batches');
    const [{ id, status } = { id: '', status: '' }] = (await openai.batches.list()).data;
    expect(status).toBe('validating');
    expect((await openai.batches.retrieve(id)).status).toBe('validating');
    release();
    expect((await batch).status).toBe('in_progress');
    expect(made()).toBe(1);
  });

  test('to cancel it while it is made have Claude cancel what it got', async () => {
    await using app = await startApp({ fake, environment });
    const openai = batchClient(app);
    const release = holdReply();
    const made = batchOf(openai, CHAT, linesOf(CHAT, BODIES));
    await fake.waitForRequest(1, '/v1/messages/batches');
    const [{ id } = { id: '' }] = (await openai.batches.list()).data;
    expect((await openai.batches.cancel(id)).status).toBe('cancelling');
    release();
    expect((await made).status).toBe('cancelling');
    expect(await openai.batches.retrieve(id)).toMatchObject({
      status: 'cancelled',
      request_counts: { total: 4, completed: 0, failed: 4 },
    });
  });
});

const made = (): number =>
  fake.requests.filter(({ path, method }) => path === '/v1/messages/batches' && method === 'POST').length;

describe('what Claude may have is not sent again', () => {
  test('when the connection breaks before Claude has told its batch', async () => {
    await using app = await startApp({ fake, environment });
    const openai = batchClient(app);
    fake.batches.loses = 1;
    const { id, status } = await batchOf(openai, CHAT, linesOf(CHAT, BODIES));
    expect(status).toBe('validating');
    const done = await openai.batches.retrieve(id);
    expect(done).toMatchObject({ status: 'completed', request_counts: { total: 4, completed: 0, failed: 4 } });
    const lines = [...(await readLines(openai, done.error_file_id)).values()];
    expect(lines.map(({ error }) => error?.code)).toEqual(Array.from({ length: 4 }, () => 'outcome_unknown'));
    expect(made()).toBe(1);
  });

  test('and is where Claude was not reached, or was too busy', async () => {
    await using app = await startApp({ fake, environment: { ...environment, TRESTLE_MAX_RETRIES: '0' } });
    const openai = batchClient(app);
    for (const status of [429, 503, 529]) {
      fake.batches.refusesWith = status;
      await expect(batchOf(openai, CHAT, linesOf(CHAT, BODIES))).rejects.toBeInstanceOf(Error);
    }
    fake.batches.refusesWith = undefined;
    expect((await openai.batches.list()).data).toEqual([]);
    const { id } = await batchOf(openai, CHAT, linesOf(CHAT, BODIES));
    await expectWhole(openai, await openai.batches.retrieve(id));
  });
});

test('an answer that the door refuses is in the ledger: Claude bills it', async () => {
  await using app = await startApp({ fake, environment });
  const openai = batchClient(app);
  const { id: previous } = await openai.responses.create({ model: 'claude-opus-5-5', input: 'Hello' });
  const before = await callsOf(app);
  const bodies = [{ model: 'claude-opus-5-5', input: 'And?', previous_response_id: previous }];
  const { id } = await batchOf(openai, '/v1/responses', linesOf('/v1/responses', bodies));
  await openai.responses.delete(previous);
  const done = await openai.batches.retrieve(id);
  expect(done.request_counts).toEqual({ total: 1, completed: 0, failed: 1 });
  const [line] = (await readLines(openai, done.error_file_id)).values();
  expect(line?.response?.body['error']).toMatchObject({ code: 'previous_response_not_found' });
  expect((await callsOf(app)) - before).toBe(1);
  expect(done.usage!.total_tokens).toBeGreaterThan(0);
});

describe('a batch is finished', () => {
  test('by another process after a restart', async () => {
    const first = await startApp({ fake, environment });
    const { id } = await batchOf(batchClient(first), CHAT, linesOf(CHAT, BODIES));
    await first[Symbol.asyncDispose]();
    await using second = await startApp({ fake, environment });
    const openai = batchClient(second);
    await expectWhole(openai, await openai.batches.retrieve(id));
  });

  test('with the names of models that were known when it was made', async () => {
    const aliases = { TRESTLE_MODEL_ALIASES: '{"mine":"claude-sonnet-5-5"}' };
    const first = await startApp({ fake, environment: { ...environment, ...aliases } });
    const { id } = await batchOf(batchClient(first), CHAT, linesOf(CHAT, [{ ...HELLO, model: 'mine' }]));
    await first[Symbol.asyncDispose]();
    await using second = await startApp({ fake, environment });
    expect((await batchClient(second).batches.retrieve(id)).request_counts).toEqual({
      total: 1,
      completed: 1,
      failed: 0,
    });
  });

  test('by the next caller when its results broke off, and nothing is doubled', async () => {
    await using app = await startApp({ fake, environment });
    const openai = batchClient(app);
    const { id } = await batchOf(openai, CHAT, linesOf(CHAT, BODIES));
    fake.batches.cuts = 1;
    await expect(openai.batches.retrieve(id)).rejects.toMatchObject({ status: 502 });
    expect((await openai.files.list({ purpose: 'batch_output' })).data).toEqual([]);
    expect(await tokensOf(app)).toEqual([0, 0]);
    const tokens = await expectWhole(openai, await openai.batches.retrieve(id));
    expect(await tokensOf(app)).toEqual([tokens, tokens]);
  });

  describe('when a process has died at it', () => {
    let storages: Storages;
    beforeEach(async () => {
      storages = await openStorages({ place: { path: file.path }, contents: true, days: 30, ledgerDays: 1 }, (error) =>
        expect.unreachable(String(error)),
      );
    });
    afterEach(() => storages.close());
    const claim = (id: string, expiresAt: number): Promise<void> =>
      storages.records.put(
        { kind: 'batch_claim', owner: OWNER, id },
        { document: { token: 'x' }, createdAt: 0, expiresAt },
      );

    test('as soon as its claim is over, and not before', async () => {
      await using app = await startApp({ fake, environment });
      const openai = batchClient(app);
      const { id } = await batchOf(openai, CHAT, linesOf(CHAT, BODIES));
      await claim(id, secondsNow() + 60);
      expect((await openai.batches.retrieve(id)).status).toBe('in_progress');
      await claim(id, secondsNow() - 1);
      await expectWhole(openai, await openai.batches.retrieve(id));
    });

    test('after it had written the files', async () => {
      await using app = await startApp({ fake, environment });
      const openai = batchClient(app);
      const { id } = await batchOf(openai, CHAT, linesOf(CHAT, BODIES));
      const batch = { kind: 'batch', owner: OWNER, id } as const;
      const before = (await storages.records.get(batch))!;
      const { lines } = before.document as { lines: { name: string } };
      const piece = { kind: 'batch_piece', owner: OWNER, id: `${lines.name}/0` } as const;
      const requests = (await storages.records.get(piece))!;
      const first = await openai.batches.retrieve(id);
      const written = await (await openai.files.content(first.output_file_id!)).text();
      // As if its last write had not come.
      await storages.records.put(batch, before);
      await storages.records.put(piece, requests);
      const again = await openai.batches.retrieve(id);
      await expectWhole(openai, again);
      expect(await (await openai.files.content(again.output_file_id!)).text()).toBe(written);
      expect(await callsOf(app)).toBe(4);
    });

    test('and goes on late, what it writes is thrown away', async () => {
      await using app = await startApp({ fake, environment });
      const openai = batchClient(app);
      const { id } = await batchOf(openai, CHAT, linesOf(CHAT, BODIES));
      const { released, release } = gate();
      fake.batches.beforeResults = () => released;
      const late = openai.batches.retrieve(id);
      await eventually(() => expect(resultsAsked()).toBe(1));
      // It was silent for too long.
      await claim(id, secondsNow() - 1);
      fake.batches.beforeResults = undefined;
      const done = await openai.batches.retrieve(id);
      const tokens = await expectWhole(openai, done);
      const text = await (await openai.files.content(done.output_file_id!)).text();
      release();
      expect(await late).toEqual(done);
      expect(await (await openai.files.content(done.output_file_id!)).text()).toBe(text);
      expect(await tokensOf(app)).toEqual([tokens, tokens]);
      expect(await callsOf(app)).toBe(4);
    });
  });
});
