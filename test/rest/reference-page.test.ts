import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { contentOf, parseSse, postChat } from '../support/rest-request.ts';

let app: AppResource;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app[Symbol.asyncDispose]());

/** The body of the page's curl, to the letter. */
const PAGE_BODY = `{
    "model": "claude-sonnet-4-20250514",
    "messages": [
      {
        "role": "system",
        "content": "You are a helpful AI assistant."
      },
      {
        "role": "user",
        "content": "Hello, Claude!"
      }
    ],
    "max_tokens": 1024,
    "temperature": 0.7
  }`;

test("answers the page's request in the page's shape, from the successor of its retired model", async () => {
  const response = await postChat(app, PAGE_BODY);
  expect(response.status).toBe(200);
  expect(response.headers.get('x-trestle-notices')).toBe('model=substituted');
  expect(await response.json()).toMatchObject({
    id: expect.stringMatching(/^chatcmpl-\w+$/),
    object: 'chat.completion',
    created: expect.closeTo(Date.now() / 1000, -2),
    model: 'claude-sonnet-4-6',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello! How can I help you today?' },
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: expect.any(Number),
      completion_tokens: expect.any(Number),
      total_tokens: expect.any(Number),
    },
    notices: [{ param: 'model', action: 'substituted' }],
  });
});

test('sends Claude what the page asks for', async () => {
  await postChat(app, PAGE_BODY);
  expect(app.fake.requests.at(-1)!.headers['anthropic-version']).toBe('2023-06-01');
  expect(app.fake.requests.at(-1)!.body).toMatchObject({
    model: 'claude-sonnet-4-6',
    system: 'You are a helpful AI assistant.',
    messages: [{ role: 'user', content: 'Hello, Claude!' }],
    max_tokens: 1024,
    temperature: 0.7,
  });
});

test.each(['claude-haiku-4-5-20251001', 'claude-opus-4-5-20251101'])(
  "answers with the page's model %s under its own id and without a notice",
  async (model) => {
    const response = await postChat(app, { ...JSON.parse(PAGE_BODY), model });
    expect(response.status).toBe(200);
    expect(response.headers.has('x-trestle-notices')).toBe(false);
    expect(await response.json()).toMatchObject({ model });
  },
);

test("reads the page's vision message", async () => {
  const response = await postChat(app, {
    model: 'claude-sonnet-4-20250514',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: "What's in this image?" },
          { type: 'image_url', image_url: { url: 'https://example.com/image.jpg' } },
        ],
      },
    ],
  });
  expect(response.status).toBe(200);
  expect(app.fake.requests.at(-1)!.body).toMatchObject({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: "What's in this image?" },
          { type: 'image', source: { type: 'url', url: 'https://example.com/image.jpg' } },
        ],
      },
    ],
  });
});

test("takes every parameter of the page's list at once", async () => {
  const response = await postChat(app, {
    ...JSON.parse(PAGE_BODY),
    top_p: 0.9,
    stream: true,
    stop: ['one', 'two', 'three', 'four'],
    presence_penalty: -2,
    frequency_penalty: 2,
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('x-trestle-notices')?.split(', ').toSorted()).toEqual([
    'frequency_penalty=ignored',
    'model=substituted',
    'presence_penalty=ignored',
    'top_p=ignored',
  ]);
  const { chunks, done } = parseSse(await response.text());
  expect(contentOf(chunks)).toBe('Hello! How can I help you today?');
  expect(done).toBe(true);
  expect(app.fake.requests.at(-1)!.body).toMatchObject({ stop_sequences: ['one', 'two', 'three', 'four'] });
});

test("names the page's defaults without a notice", async () => {
  const defaults = { temperature: 1, stream: false, presence_penalty: 0, frequency_penalty: 0 };
  const response = await postChat(app, { ...JSON.parse(PAGE_BODY), model: 'claude-sonnet-5-5', ...defaults });
  expect(response.status).toBe(200);
  expect(response.headers.has('x-trestle-notices')).toBe(false);
});
