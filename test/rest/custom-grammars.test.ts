import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Notice } from '../../shared/notice.ts';
import { model, post } from '../responses/responses-client.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO, postChat } from '../support/rest-request.ts';

// The input of a free-form tool with a regular expression is checked, since Claude can only be told of it.

let app: AppResource;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app[Symbol.asyncDispose]());

const format = (definition: string, syntax = 'regex') => ({ type: 'grammar', syntax, definition });
const calls = (input: string) => ({
  message: { content: [{ type: 'tool_use', id: 'toolu_1', name: 'run', input: { input } }] },
});

/** The notices of an answer, whole and streamed, at both doors. */
const DOORS: Record<string, (grammar: object, strict?: boolean) => Promise<Response>> = {
  'chat completions': ({ type: _type, ...grammar }: { type?: string }, strict = false) =>
    ask({ tools: [{ type: 'custom', custom: { name: 'run', format: { type: 'grammar', grammar } } }] }, strict),
  'streamed chat completions': ({ type: _type, ...grammar }: { type?: string }, strict = false) =>
    ask(
      { tools: [{ type: 'custom', custom: { name: 'run', format: { type: 'grammar', grammar } } }], stream: true },
      strict,
    ),
  responses: (grammar, strict) =>
    post(app, { model, input: 'x', tools: [{ type: 'custom', name: 'run', format: grammar }] }, headersOf(strict)),
  'streamed responses': (grammar, strict) =>
    post(
      app,
      { model, input: 'x', stream: true, tools: [{ type: 'custom', name: 'run', format: grammar }] },
      headersOf(strict),
    ),
};

function headersOf(strict = false): Record<string, string> {
  return strict ? { 'x-trestle-strict': 'true' } : {};
}

function ask(body: object, strict: boolean): Promise<Response> {
  return postChat(app, { ...HELLO, ...body }, { headers: headersOf(strict) });
}

interface Told {
  notices?: Notice[];
  response?: { notices?: Notice[] };
}

/** The notices in an answer, or in the last of its events that has notices. */
async function noticesOf(response: Response): Promise<Notice[]> {
  const text = await response.text();
  const events = text.startsWith('{') ? [text] : [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => json!);
  const told = events.map((json) => JSON.parse(json) as Told).map((event) => event.notices ?? event.response?.notices);
  return told.findLast((notices) => notices !== undefined) ?? [];
}

/** What came of a stream that is cut. */
async function readAll(response: Response): Promise<string> {
  let text = '';
  try {
    for await (const bytes of response.body!) text += Buffer.from(bytes as Uint8Array).toString();
  } catch {
    // Cut on purpose.
  }
  return text;
}

describe.each(Object.entries(DOORS))('at %s', (door, reach) => {
  const field = door.includes('chat') ? 'tools[0].custom.format' : 'tools[0].format';

  test('what matches has no more to say, and what does not is noted', async () => {
    app.fake.reply(calls('aaa'));
    expect((await noticesOf(await reach(format('a+')))).map(({ param, message }) => [param, message])).toEqual([
      [field, expect.stringContaining('its input is checked')],
    ]);
    app.fake.reply(calls('aaab'));
    expect(await noticesOf(await reach(format('a+')))).toMatchObject([
      { param: field, action: 'emulated' },
      { param: field, action: 'ignored', message: "The input that Claude gave 'run' does not match it" },
    ]);
  });

  test('a grammar that can not be checked says so', async () => {
    for (const grammar of [format('start: "x"', 'lark'), format('((')]) {
      app.fake.reply(calls('y'));
      expect(await noticesOf(await reach(grammar))).toMatchObject([
        { param: field, message: expect.stringContaining('and its input is not checked') },
      ]);
    }
  });

  test('strict mode refuses an input that does not match', async () => {
    app.fake.reply(calls('b'));
    const text = await readAll(await reach(format('a+'), true));
    expect(text).toContain("The input that Claude gave 'run' does not match it (strict mode refuses such an answer)");
    expect(text).toMatch(/unsupported_parameter|invalid_prompt/);
  });
});

test('a pattern that takes for ever holds nothing', async () => {
  app.fake.reply(calls(`${'a'.repeat(60)}b`));
  expect(await noticesOf(await DOORS['chat completions']!(format('(a+)+')))).toMatchObject([
    {},
    { action: 'ignored', message: expect.stringContaining('could not be checked') },
  ]);
});
