import { describe, expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { startFakeClaude } from '../support/fake-claude.ts';
import { errorOf } from '../support/rest-request.ts';
import { storageFile } from '../support/storage-file.ts';
import { clientOf, eventsIn, model, post } from './responses-client.ts';

const TOLD = 'store=ignored';

test('responses and conversations are there after a restart, encrypted, and go on', async () => {
  await using file = await storageFile();
  await using fake = await startFakeClaude();
  const environment = { TRESTLE_STORAGE: `sqlite:${file.path}`, TRESTLE_STORAGE_KEY: 'ab'.repeat(32) };
  const before = await startApp({ environment, fake });
  const first = await clientOf(before).responses.create({ model, input: 'A secret question' });
  const talk = await clientOf(before).conversations.create({ metadata: { topic: 'a-topic' } });
  await clientOf(before).responses.create({ model, input: 'Another secret', conversation: talk.id });
  await before[Symbol.asyncDispose]();
  const written = (await file.bytes()).toString('latin1');
  for (const text of ['secret', 'a-topic', 'How can I help']) expect(written).not.toContain(text);

  await using after = await startApp({ environment, fake });
  const client = clientOf(after);
  expect(await client.responses.retrieve(first.id)).toMatchObject({ id: first.id, output: first.output });
  await client.responses.create({ model, input: 'And then?', previous_response_id: first.id });
  expect(JSON.stringify(fake.requests.at(-1)!.body)).toMatch(/A secret question.*And then\?/);
  expect(await client.conversations.retrieve(talk.id)).toEqual(talk);
  await client.responses.create({ model, input: 'And now?', conversation: talk.id });
  expect(JSON.stringify(fake.requests.at(-1)!.body)).toMatch(/Another secret.*And now\?/);
  await expect(clientOf(after, 'another').responses.retrieve(first.id)).rejects.toMatchObject({ status: 401 });
});

test.each(['memory', 'sqlite'])('nothing is lost of what several calls add to a conversation in %s', async (kind) => {
  await using file = await storageFile();
  const environment = { TRESTLE_STORAGE: kind === 'memory' ? 'memory' : `sqlite:${file.path}` };
  await using one = await startApp({ environment });
  await using other = await startApp({ environment });
  const clients = [clientOf(one), clientOf(kind === 'memory' ? one : other)];
  const { id } = await clients[0]!.conversations.create();
  const texts = Array.from({ length: 12 }, (_, index) => `text ${index}`);
  await Promise.all(
    texts.map((content, index) =>
      clients[index % 2]!.conversations.items.create(id, { items: [{ role: 'user', content }] }),
    ),
  );
  const kept: string[] = [];
  for await (const item of clients[1]!.conversations.items.list(id, { limit: 5 })) kept.push(JSON.stringify(item));
  expect(texts.filter((text) => kept.some((json) => json.includes(`"${text}"`)))).toEqual(texts);
  expect(kept).toHaveLength(texts.length);
});

test('what a request goes on from is read up to what Claude takes', async () => {
  await using file = await storageFile();
  await using app = await startApp({ environment: { TRESTLE_STORAGE: `sqlite:${file.path}` } });
  let previous: string | undefined;
  const ask = (input: string): Promise<Response> =>
    post(app, { input, generate: false, ...(previous && { previous_response_id: previous }) });
  for (let count = 0; count < 3; count += 1)
    ({ id: previous } = (await (await ask('x'.repeat(12 * 1024 * 1024))).json()) as { id: string });
  const refused = await ask('And?');
  expect(refused.status).toBe(400);
  expect(await errorOf(refused)).toMatchObject({
    code: 'context_length_exceeded',
    param: 'previous_response_id',
    message: expect.stringContaining('32 MiB'),
  });
});

describe('with the storage off', () => {
  const environment = { TRESTLE_STORAGE: 'off' };

  test('a response says that it is not stored, with a notice where that was asked for', async () => {
    await using app = await startApp({ environment });
    const unasked = await post(app, { input: 'Hello' });
    expect(unasked.headers.get('x-trestle-notices')).toBeNull();
    const response = (await unasked.json()) as { id: string };
    expect(response).toMatchObject({ store: false, status: 'completed' });
    expect((await post(app, { input: 'Hello', store: true })).headers.get('x-trestle-notices')).toBe(TOLD);
    const strict = await post(app, { input: 'Hello', store: true }, { 'x-trestle-strict': 'true' });
    expect([strict.status, (await errorOf(strict)).param]).toEqual([400, 'store']);
    const next = await post(app, { input: 'And?', previous_response_id: response.id });
    expect(await errorOf(next)).toMatchObject({ code: 'previous_response_not_found', param: 'previous_response_id' });
  });

  test('what needs a storage is refused in words that say so', async () => {
    await using app = await startApp({ environment });
    const background = await post(app, { input: 'Hello', background: true });
    expect([background.status, await errorOf(background)]).toMatchObject([
      400,
      { param: 'background', message: expect.stringContaining('storage of this server is off') as string },
    ]);
    await expect(clientOf(app).conversations.create()).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('its storage is off') as string,
    });
  });
});

test('a response that can not be stored still comes, and says so to its end', async () => {
  await using app = await startApp({ environment: { LOG_LEVEL: 'error' } });
  const { id } = await clientOf(app).conversations.create();
  const { responseState, conversations } = app.app.services;
  responseState.put = () => Promise.reject(new Error('the disk is full'));
  conversations.append = () => Promise.reject(new Error('the disk is full'));
  const whole = await post(app, { input: 'Hello', conversation: id });
  expect(whole.headers.get('x-trestle-notices')).toBe('conversation=ignored, store=ignored');
  const told = { status: 'completed', store: false, notices: [{ param: 'conversation' }, { param: 'store' }] };
  expect(await whole.json()).toMatchObject(told);
  const events = eventsIn(await (await post(app, { input: 'Hello', conversation: id, stream: true })).text());
  expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: told });
  expect(app.logs.map(({ msg }) => msg)).toEqual(Array.from({ length: 4 }, () => 'the storage fails'));
});

test('a list from an item that is not there is refused', async () => {
  await using app = await startApp();
  const { id } = await clientOf(app).responses.create({ model, input: 'Hello' });
  const talk = await clientOf(app).conversations.create();
  for (const list of [
    () => clientOf(app).responses.inputItems.list(id, { after: 'no_such' }),
    () => clientOf(app).conversations.items.list(talk.id, { after: 'no_such' }),
  ])
    await expect(list()).rejects.toMatchObject({ status: 400, param: 'after' });
});

test('metadata has OpenAI’s limits', async () => {
  await using app = await startApp();
  const metadata = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`name${index}`, 'x']));
  await expect(clientOf(app).conversations.create({ metadata })).rejects.toMatchObject({ param: 'metadata' });
  await expect(clientOf(app).responses.create({ model, input: 'x', metadata })).rejects.toMatchObject({
    status: 400,
    param: 'metadata',
  });
});

test('a conversation that grows too long is refused, and stays as it was', async () => {
  await using app = await startApp();
  const { conversations } = clientOf(app);
  const { id } = await conversations.create();
  const items = [{ role: 'user' as const, content: 'x'.repeat(9 * 1024 * 1024) }];
  await conversations.items.create(id, { items });
  await expect(conversations.items.create(id, { items })).rejects.toMatchObject({ status: 400, param: 'items' });
  expect((await conversations.items.list(id)).data).toHaveLength(1);
});
