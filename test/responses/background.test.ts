import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashKey } from '../../server/config.ts';
import type { Response } from '../../shared/responses/response.ts';
import { startApp } from '../support/app-resource.ts';
import { BEGUN } from '../support/begun-answer.ts';
import { eventually } from '../support/eventually.ts';
import { type StorageFile, storageFile } from '../support/storage-file.ts';
import { claudeCalls, gate, words } from '../support/word-stream.ts';
import { clientOf, model } from './responses-client.ts';

test('a response in the background goes on without its caller, and is there when it is done', async () => {
  await using app = await startApp();
  const { responses } = clientOf(app);
  const { opened, open } = gate();
  app.fake.reply({ events: words(2, (index) => (index === 1 ? opened : undefined)) });
  const begun = await responses.create({ model, input: 'Hello', background: true });
  expect(begun).toMatchObject({ status: 'queued', background: true, output: [] });
  expect(await responses.retrieve(begun.id)).toMatchObject({ status: 'in_progress' });
  open();
  await eventually(async () => expect(await responses.retrieve(begun.id)).toMatchObject({ status: 'completed' }));
  const done = await responses.retrieve(begun.id);
  expect(done).toMatchObject({ background: true, output_text: '0 1 ' });
  expect(claudeCalls(app)).toBe(1);
});

test('it is read as a stream, from any event on', async () => {
  await using app = await startApp();
  const { responses } = clientOf(app);
  app.fake.reply({ events: words(3) });
  const stream = await responses.create({ model, input: 'Hello', background: true, stream: true });
  let id = '';
  for await (const event of stream) {
    if (event.type === 'response.created') ({ id } = event.response);
    if (event.type === 'response.output_text.delta') break;
  }
  const deltas: string[] = [];
  let last = '';
  for await (const event of await responses.retrieve(id, { stream: true, starting_after: 1 })) {
    if (event.type === 'response.output_text.delta') deltas.push(event.delta);
    last = event.type;
  }
  expect([deltas.join(''), last]).toEqual(['0 1 2 ', 'response.completed']);
  expect(claudeCalls(app)).toBe(1);
});

test('it is cancelled, and Claude stops', async () => {
  await using app = await startApp();
  const { responses } = clientOf(app);
  app.fake.reply(BEGUN);
  const { id } = await responses.create({ model, input: 'Hello', background: true });
  const asked = await app.fake.waitForRequest();
  expect(await responses.cancel(id)).toMatchObject({ status: 'cancelled' });
  await asked.closed;
  expect(asked.finished).toBe(false);
  await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));
  expect(await responses.retrieve(id)).toMatchObject({ status: 'cancelled' });
});

test('it is ended when it is deleted, since nobody could get it', async () => {
  await using app = await startApp();
  const { responses } = clientOf(app);
  app.fake.reply(BEGUN);
  const { id } = await responses.create({ model, input: 'Hello', background: true });
  const asked = await app.fake.waitForRequest();
  await responses.delete(id);
  await asked.closed;
  expect(asked.finished).toBe(false);
  await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));
  await expect(responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
});

describe('of two processes', () => {
  let file: StorageFile;
  let environment: Record<string, string>;
  beforeEach(async () => {
    file = await storageFile();
    environment = { TRESTLE_STORAGE: `sqlite:${file.path}` };
  });
  afterEach(() => file[Symbol.asyncDispose]());

  test('one sees what goes on in the other, and what it cancels stays so', async () => {
    await using one = await startApp({ environment });
    await using two = await startApp({ environment });
    const { opened, open } = gate();
    one.fake.reply({ events: words(2, (index) => (index === 1 ? opened : undefined)) });
    const { id } = await clientOf(one).responses.create({ model, input: 'Hello', background: true });
    const { responses } = clientOf(two);
    expect(await responses.retrieve(id)).toMatchObject({ status: 'in_progress' });
    expect(await responses.cancel(id)).toMatchObject({ status: 'cancelled' });
    open();
    await eventually(() => expect(one.app.services.runningCalls.size).toBe(0));
    expect(await responses.retrieve(id)).toMatchObject({ status: 'cancelled', output: [] });
  });

  test('one tells what the other left behind when it died', async () => {
    await using app = await startApp({ environment });
    const { responses } = clientOf(app);
    const done = await responses.create({ model, input: 'Hello' });
    const owner = hashKey('test-key');
    const { responseState } = app.app.services;
    const stored = (await responseState.get(owner, done.id))!;
    const response: Response = {
      ...stored.response,
      id: 'resp_left',
      background: true,
      status: 'in_progress',
      output: [],
    };
    await responseState.begin(owner, response.id, { ...stored, response });
    const lost = { status: 'failed', error: { code: 'server_error', message: expect.stringContaining('stopped') } };
    expect(await responses.retrieve(response.id)).toMatchObject(lost);
    expect(await responses.cancel(response.id)).toMatchObject(lost);
    expect((await responses.inputItems.list(response.id)).data).toHaveLength(1);
    // A process that was only thought dead has the last word.
    await responseState.put(owner, response.id, { ...stored, response: { ...response, status: 'completed' } });
    expect(await responses.retrieve(response.id)).toMatchObject({ status: 'completed' });
  });
});

test('one that fails says why', async () => {
  await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  const { responses } = clientOf(app);
  app.fake.replyWith(() => ({
    status: 529,
    body: { type: 'error', error: { type: 'overloaded_error', message: 'x' } },
  }));
  const { id } = await responses.create({ model, input: 'Hello', background: true });
  await eventually(async () =>
    expect(await responses.retrieve(id)).toMatchObject({ status: 'failed', error: { code: 'server_error' } }),
  );
});

test('what can not go on in the background, or be cancelled, is a 400', async () => {
  await using app = await startApp();
  const { responses } = clientOf(app);
  const unstored = responses.create({ model, input: 'x', background: true, store: false });
  await expect(unstored).rejects.toMatchObject({ status: 400, param: 'background' });
  const { id } = await responses.create({ model, input: 'x' });
  await expect(responses.cancel(id)).rejects.toMatchObject({ status: 400 });
  await expect(responses.cancel('resp_x')).rejects.toMatchObject({ status: 404 });
});
