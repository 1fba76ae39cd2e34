import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MODELS } from '../../server/claude/models.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';

let app: AppResource;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const TEMPERATURES = [undefined, 0, 0.7, 1, 2] as const;
const TOP_PS = [undefined, 0.5, 1] as const;
const GRID = TEMPERATURES.flatMap((temperature) => TOP_PS.map((top_p) => ({ temperature, top_p })));

type Asked = (typeof GRID)[number];
const FIELDS = ['temperature', 'top_p'] as const;

/** What is in force for a request, at Claude and at OpenAI: an absent value means 1. */
const inForce = (value: unknown): unknown => value ?? 1;

describe.each(MODELS.map(({ id }) => id))('%s', (model) => {
  test.each(GRID)('temperature $temperature, top_p $top_p', async (asked: Asked) => {
    const request = { ...HELLO, model, ...asked };
    const response = await postChat(app, request);
    expect(app.fake.refusals).toEqual([]);
    expect(response.status).toBe(200);

    const sent = app.fake.requests.at(-1)!.body as Partial<Record<(typeof FIELDS)[number], number>>;
    const { notices = [] } = (await response.json()) as {
      notices?: { param: string; action: string; message: string }[];
    };
    const differing = FIELDS.filter((field) => inForce(sent[field]) !== inForce(asked[field]));
    expect(notices.map(({ param }) => param).toSorted()).toEqual(differing);
    for (const { param, action, message } of notices) {
      expect([param, action]).toEqual([param, sent[param as 'top_p'] === undefined ? 'ignored' : 'clamped']);
      expect(message).not.toBe('');
    }
    const header = notices.map(({ param, action }) => `${param}=${action}`).join(', ');
    expect(response.headers.get('x-trestle-notices') ?? '').toBe(header);

    const before = app.fake.requests.length;
    const strict = await postChat(app, request, { headers: { 'x-trestle-strict': 'true' } });
    if (differing.length === 0) {
      expect(strict.status).toBe(200);
      expect(app.fake.requests.at(-1)!.body).toEqual(sent);
    } else {
      expect(strict.status).toBe(400);
      const error = await errorOf(strict);
      expect(error.code).toBe('unsupported_parameter');
      expect(differing).toContain(error.param);
      expect(app.fake.requests).toHaveLength(before);
    }
  });
});

test('sampling is honoured where the model takes it', async () => {
  await postChat(app, { ...HELLO, model: 'claude-haiku-4-5', temperature: 0 });
  expect(app.fake.requests.at(-1)).toMatchObject({
    headers: { 'anthropic-version': '2023-06-01' },
    body: { temperature: 0 },
  });
  await postChat(app, { ...HELLO, model: 'claude-haiku-4-5', top_p: 0.5 });
  expect(app.fake.requests.at(-1)).toMatchObject({
    headers: { 'anthropic-version': '2023-06-01' },
    body: { top_p: 0.5 },
  });
});
