import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, parseSse, postChat } from '../support/rest-request.ts';
import { storageFile, type StorageFile } from '../support/storage-file.ts';

const MESSAGES: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'system', content: 'Be short.' },
  { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
];
const clientOf = ({ url }: AppResource, apiKey = 'test-key'): OpenAI =>
  new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
/** Version 6 of the client has no type for the notes. */
const notesOf = (completion: OpenAI.ChatCompletion): unknown => (completion as { metadata?: unknown }).metadata;
const asked = { model: HELLO.model, messages: MESSAGES, store: true } as const;

describe.each(['memory', 'sqlite'])('completions stored in %s', (kind) => {
  let app: AppResource;
  let openai: OpenAI;
  let file: StorageFile;
  beforeAll(async () => {
    file = await storageFile();
    const TRESTLE_STORAGE = kind === 'memory' ? 'memory' : `sqlite:${file.path}`;
    app = await startApp({ environment: { TRESTLE_API_KEYS: 'test-key,other-key', TRESTLE_STORAGE } });
    openai = clientOf(app);
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await file[Symbol.asyncDispose]();
  });

  test('are retrieved as they were answered, whole and streamed', async () => {
    const whole = await openai.chat.completions.create({ ...asked, metadata: { topic: 'greeting' } });
    expect(await openai.chat.completions.retrieve(whole.id)).toEqual({ ...whole, metadata: { topic: 'greeting' } });
    const stream = openai.chat.completions.stream(asked);
    const streamed = await stream.finalChatCompletion();
    const found = await openai.chat.completions.retrieve(streamed.id);
    expect(found).toMatchObject({ id: streamed.id, object: 'chat.completion', model: streamed.model, metadata: {} });
    expect(found.choices[0]!.message.content).toBe(streamed.choices[0]!.message.content);
    expect(found.usage).toEqual(whole.usage);
  });

  test('are listed in pages, by their notes and by either name of their model', async () => {
    const ids: string[] = [];
    for (const part of ['1', '2', '3']) {
      const metadata = { run: 'pages', part };
      ids.push((await openai.chat.completions.create({ ...asked, metadata })).id);
    }
    const listed: string[] = [];
    const query = { metadata: { run: 'pages' }, limit: 2 };
    for await (const one of openai.chat.completions.list(query)) listed.push(one.id);
    expect(listed).toEqual(ids);
    const newest = await openai.chat.completions.list({ ...query, order: 'desc', limit: 1 });
    expect(newest.data.map(({ id }) => id)).toEqual([ids[2]]);
    expect(newest.has_more).toBe(true);
    const second = await openai.chat.completions.list({ metadata: { run: 'pages', part: '2' }, model: HELLO.model });
    expect(second.data.map(({ id }) => id)).toEqual([ids[1]]);
    expect((await openai.chat.completions.list({ model: 'another' })).data).toEqual([]);
    expect((await openai.chat.completions.list({ metadata: null, limit: 1 })).data).toHaveLength(1);
  });

  test('have the messages of their requests', async () => {
    const { id } = await openai.chat.completions.create(asked);
    const messages = [];
    for await (const message of openai.chat.completions.messages.list(id, { limit: 1 })) messages.push(message);
    expect(messages).toEqual([
      { id: `${id}-0`, role: 'system', content: 'Be short.', content_parts: null, refusal: null },
      { id: `${id}-1`, role: 'user', content: null, content_parts: [{ type: 'text', text: 'Hello' }], refusal: null },
    ]);
    const newest = await openai.chat.completions.messages.list(id, { order: 'desc' });
    expect(newest.data.map((message) => message.id)).toEqual([`${id}-1`, `${id}-0`]);
  });

  test('get other notes, and are deleted', async () => {
    const { id } = await openai.chat.completions.create({ ...asked, metadata: { old: 'x' } });
    const updated = await openai.chat.completions.update(id, { metadata: { fresh: 'y' } });
    expect(notesOf(updated)).toEqual({ fresh: 'y' });
    expect((await openai.chat.completions.list({ metadata: { fresh: 'y' } })).data.map((one) => one.id)).toEqual([id]);
    expect((await openai.chat.completions.list({ metadata: { old: 'x' } })).data).toEqual([]);
    expect(notesOf(await openai.chat.completions.update(id, { metadata: null }))).toEqual({});
    expect(await openai.chat.completions.delete(id)).toEqual({ id, object: 'chat.completion.deleted', deleted: true });
    await expect(openai.chat.completions.retrieve(id)).rejects.toThrow(NotFoundError);
    await expect(openai.chat.completions.delete(id)).rejects.toThrow(NotFoundError);
  });

  test('are not seen by another key', async () => {
    const { id } = await openai.chat.completions.create({ ...asked, metadata: { whose: 'mine' } });
    const other = clientOf(app, 'other-key');
    expect((await other.chat.completions.list()).data).toEqual([]);
    for (const reach of [
      () => other.chat.completions.retrieve(id),
      () => other.chat.completions.update(id, { metadata: {} }),
      () => other.chat.completions.delete(id),
      () => other.chat.completions.messages.list(id),
    ])
      await expect(reach()).rejects.toThrow(NotFoundError);
    expect(notesOf(await openai.chat.completions.retrieve(id))).toEqual({ whose: 'mine' });
  });

  test('are those whose requests asked for it, and which came to their end', async () => {
    const metadata = { run: 'end' };
    await openai.chat.completions.create({ model: HELLO.model, messages: MESSAGES, metadata });
    app.fake.reply({
      events: [
        { type: 'message_start', message: { id: 'msg_1', model: HELLO.model, usage: { input_tokens: 1 } } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'half' } },
      ],
    });
    const broken = openai.chat.completions.stream({ ...asked, metadata });
    await expect(broken.finalChatCompletion()).rejects.toThrow();
    expect((await openai.chat.completions.list({ metadata })).data).toEqual([]);
  });

  test('are stored with all choices', async () => {
    const { id, choices } = await openai.chat.completions.create({ ...asked, n: 2 });
    const stream = openai.chat.completions.stream({ ...asked, n: 2 });
    const streamed = await stream.finalChatCompletion();
    for (const one of [id, streamed.id]) {
      const found = await openai.chat.completions.retrieve(one);
      expect(found.choices.map(({ message }) => message.content)).toEqual(
        choices.map(({ message }) => message.content),
      );
    }
  });
});

describe('wrong requests', () => {
  let app: AppResource;
  let openai: OpenAI;
  beforeAll(async () => {
    app = await startApp();
    openai = clientOf(app);
  });
  afterAll(() => app[Symbol.asyncDispose]());

  const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`key-${index}`, 'x']));
  test.each<[string, Record<string, string>, string]>([
    ['too many notes', many, 'metadata'],
    ['a name that is too long', { ['k'.repeat(65)]: 'x' }, `metadata.${'k'.repeat(65)}`],
    ['a note that is too long', { key: 'x'.repeat(513) }, 'metadata.key'],
  ])('%s is a 400 that names the field', async (_name, metadata, param) => {
    const { id } = await openai.chat.completions.create(asked);
    for (const ask of [
      () => openai.chat.completions.create({ ...asked, metadata }),
      () => openai.chat.completions.update(id, { metadata }),
      () => openai.chat.completions.list({ metadata }),
    ])
      await expect(ask()).rejects.toMatchObject({ status: 400, param });
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=many', 'limit'],
    ['order=newest', 'order'],
    ['metadata=x', 'metadata'],
    ['metadata[a]=x&metadata[a]=y', 'metadata.a'],
    ['after=chatcmpl-unknown', 'after'],
  ])('the query %s is a 400 that names the field', async (query, param) => {
    const headers = { authorization: `Bearer ${app.apiKey}` };
    const response = await fetch(`${app.url}/v1/chat/completions?${query}`, { headers });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', param });
  });

  test('nothing but the notes can be changed', async () => {
    const { id } = await openai.chat.completions.create(asked);
    const change = { metadata: {}, model: 'another' } as never;
    await expect(openai.chat.completions.update(id, change)).rejects.toThrow(/unrecognized key: "model"/i);
    await expect(openai.chat.completions.update(id, {} as never)).rejects.toThrow(BadRequestError);
  });
});

describe('with the storage off', () => {
  test('a notice says that nothing is stored, in strict mode an error', async () => {
    await using app = await startApp({ environment: { TRESTLE_STORAGE: 'off' } });
    const body = { ...HELLO, store: true, metadata: { a: 'b' } };
    const whole = await postChat(app, body);
    expect(whole.headers.get('x-trestle-notices')).toBe('store=ignored, metadata=ignored');
    const streamed = await postChat(app, { ...body, stream: true });
    expect(streamed.headers.get('x-trestle-notices')).toBe('store=ignored, metadata=ignored');
    expect(parseSse(await streamed.text()).chunks.at(-1)).toMatchObject({ notices: [{ param: 'store' }, {}] });
    const strict = await postChat(app, body, { headers: { 'x-trestle-strict': 'true' } });
    expect(strict.status).toBe(400);
    expect(await errorOf(strict)).toMatchObject({ code: 'unsupported_parameter', param: 'store' });
    await expect(clientOf(app).chat.completions.list()).rejects.toThrow(/storage is off/);
  });

  test('a request that asks for nothing gets no notice', async () => {
    await using app = await startApp({ environment: { TRESTLE_STORAGE: 'off' } });
    const response = await postChat(app, { ...HELLO, store: false, metadata: {} });
    expect(response.headers.get('x-trestle-notices')).toBeNull();
  });
});

test('notes without `store` are ignored with a notice', async () => {
  await using app = await startApp();
  const response = await postChat(app, { ...HELLO, metadata: { a: 'b' } });
  expect(response.headers.get('x-trestle-notices')).toBe('metadata=ignored');
});

test('an answer that can not be stored still comes, and a notice says so', async () => {
  await using file = await storageFile();
  const environment = { TRESTLE_STORAGE: `sqlite:${file.path}`, LOG_LEVEL: 'error' };
  await using app = await startApp({ environment });
  const { storedCompletions } = app.app.services;
  storedCompletions.keep = () => Promise.reject(new Error('the disk is full'));
  const whole = await postChat(app, { ...HELLO, store: true });
  expect(whole.headers.get('x-trestle-notices')).toBe('store=ignored');
  expect(await whole.json()).toMatchObject({ object: 'chat.completion', notices: [{ param: 'store' }] });
  const { chunks, done } = parseSse(await (await postChat(app, { ...HELLO, store: true, stream: true })).text());
  expect(done).toBe(true);
  expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }], notices: [{ param: 'store' }] });
  expect(app.logs.map(({ msg }) => msg)).toEqual(['the storage fails', 'the storage fails']);
});

test('what was stored is there after a restart, encrypted', async () => {
  await using file = await storageFile();
  const environment = { TRESTLE_STORAGE: `sqlite:${file.path}`, TRESTLE_STORAGE_KEY: 'ab'.repeat(32) };
  let id: string;
  {
    await using app = await startApp({ environment });
    ({ id } = await clientOf(app).chat.completions.create({ ...asked, metadata: { topic: 'a-topic' } }));
  }
  const written = (await file.bytes()).toString('latin1');
  for (const text of ['Be short.', 'How can I help', 'a-topic']) expect(written).not.toContain(text);
  await using app = await startApp({ environment });
  expect(notesOf(await clientOf(app).chat.completions.retrieve(id))).toEqual({ topic: 'a-topic' });
});
