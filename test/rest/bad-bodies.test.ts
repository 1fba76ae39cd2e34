import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';

let app: AppResource;
let callsBefore = 0;
beforeAll(async () => {
  app = await startApp();
});
beforeEach(() => {
  callsBefore = app.fake.requests.length;
});
afterAll(() => app[Symbol.asyncDispose]());

/** Checks for a whole answer and for a stream that the body is a 400 for this field, and that Claude never hears of it. */
async function expectRefused(body: unknown, param: string | null, code?: string): Promise<void> {
  const bodies = typeof body === 'object' && !Array.isArray(body) ? [body, { ...body, stream: true }] : [body];
  for (const one of bodies) {
    const response = await postChat(app, one);
    expect(response.status).toBe(400);
    const error = await errorOf(response);
    expect(error).toMatchObject({ type: 'invalid_request_error', param, ...(code && { code }) });
  }
  expect(app.fake.requests).toHaveLength(callsBefore);
}

describe('bodies that are no object', () => {
  test.each([
    ['an array', '[]'],
    ['a string', '"x"'],
    ['a number', '7'],
    ['null', 'null'],
    ['true', 'true'],
    ['cut short', '{"model": "claude-sonnet-5-5", "mess'],
    ['empty', ''],
    ['white space', '  \n'],
    ['two values', '{}{}'],
    ['no JSON at all', 'model=claude'],
  ])('%s', async (_name, body) => {
    await expectRefused(body, null);
  });

  test('an empty object names the first missing field', async () => {
    await expectRefused({}, 'model', 'missing_required_parameter');
  });
});

describe('messages', () => {
  test.each<[unknown, string, string]>([
    [null, 'messages', 'invalid_type'],
    ['x', 'messages', 'invalid_type'],
    [{}, 'messages', 'invalid_type'],
    [undefined, 'messages', 'missing_required_parameter'],
    [[], 'messages', 'invalid_value'],
    [[123], 'messages[0]', 'invalid_type'],
    [[null], 'messages[0]', 'invalid_type'],
    [[{}], 'messages[0].role', 'invalid_value'],
    [[{ role: 123 }], 'messages[0].role', 'invalid_value'],
    [[{ role: 'robot', content: 'x' }], 'messages[0].role', 'invalid_value'],
    [[{ role: 'user' }], 'messages[0].content', 'missing_required_parameter'],
    [[{ role: 'user', content: 7 }], 'messages[0].content', 'invalid_type'],
    [[{ role: 'user', content: [7] }], 'messages[0].content[0]', 'invalid_type'],
    [[{ role: 'user', content: [{ type: 'text' }] }], 'messages[0].content[0].text', 'missing_required_parameter'],
    [[{ role: 'user', content: [{ type: 'smell' }] }], 'messages[0].content[0].type', 'invalid_value'],
    [
      [
        { role: 'user', content: 'x' },
        { role: 'tool', content: 'x' },
      ],
      'messages[1].tool_call_id',
      'missing_required_parameter',
    ],
  ])('%j', async (messages, param, code) => {
    await expectRefused({ model: HELLO.model, messages }, param, code);
  });

  test('that are nothing but system text or blanks are still sent as something that Claude takes', async () => {
    for (const messages of [
      [{ role: 'system', content: 'Be brief.' }],
      [{ role: 'user', content: '' }],
      [{ role: 'user', content: [{ type: 'text', text: ' ' }] }],
      [{ role: 'assistant', content: 'Hi' }],
    ]) {
      const response = await postChat(app, { model: HELLO.model, messages });
      expect([messages, response.status]).toEqual([messages, 200]);
    }
    expect(app.fake.refusals).toEqual([]);
  });
});

/** Every numeric field with a value below its range, one above, and whether a fraction is allowed. */
const NUMBERS: Record<string, { low?: number; high?: number; whole: boolean }> = {
  temperature: { low: -0.1, high: 2.1, whole: false },
  top_p: { low: -0.1, high: 1.1, whole: false },
  presence_penalty: { low: -2.1, high: 2.1, whole: false },
  frequency_penalty: { low: -2.1, high: 2.1, whole: false },
  n: { low: 0, high: 129, whole: true },
  max_tokens: { low: 0, whole: true },
  max_completion_tokens: { low: 0, whole: true },
  top_logprobs: { low: -1, high: 21, whole: true },
  seed: { whole: true },
};

describe('numbers', () => {
  test.each(Object.entries(NUMBERS))('%s', async (field, { low, high, whole }) => {
    for (const wrong of ['1', '', true, [], {}, [1]])
      await expectRefused({ ...HELLO, [field]: wrong }, field, 'invalid_type');
    for (const outside of [low, high])
      if (outside !== undefined) await expectRefused({ ...HELLO, [field]: outside }, field, 'invalid_value');
    if (whole) await expectRefused({ ...HELLO, [field]: 1.5 }, field);
  });

  test('too large for JSON to hold', async () => {
    await expectRefused(
      `{"model":"${HELLO.model}","messages":[{"role":"user","content":"x"}],"temperature":1e999}`,
      'temperature',
    );
  });
});

describe('other fields', () => {
  test.each<[string, unknown, string]>([
    ['model', 7, 'model'],
    ['model', null, 'model'],
    ['model', '', 'model'],
    ['model', 'x'.repeat(257), 'model'],
    ['stream', 'true', 'stream'],
    ['stream', 1, 'stream'],
    ['stop', 7, 'stop'],
    ['stop', [7], 'stop[0]'],
    ['stop', ['a', 'b', 'c', 'd', 'e'], 'stop'],
    ['user', 7, 'user'],
    ['logit_bias', { 50256: 'x' }, 'logit_bias.50256'],
    ['logprobs', 'yes', 'logprobs'],
    ['metadata', { key: 7 }, 'metadata.key'],
    ['service_tier', 'gold', 'service_tier'],
    ['verbosity', 'loud', 'verbosity'],
    ['stream_options', 'all', 'stream_options'],
    ['reasoning_effort', 'extreme', 'reasoning_effort'],
    ['response_format', { type: 'xml' }, 'response_format.type'],
    ['tools', [{ type: 'hammer' }], 'tools[0].type'],
    ['tools', [{ type: 'function', function: {} }], 'tools[0].function.name'],
  ])('%s: %j', async (field, value, param) => {
    const response = await postChat(app, { ...HELLO, [field]: value });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', param });
    expect(app.fake.requests).toHaveLength(callsBefore);
  });

  test('null is a value of every optional field', async () => {
    const fields = [
      ...Object.keys(NUMBERS),
      'stream',
      'stop',
      'user',
      'logit_bias',
      'metadata',
      'tools',
      'stream_options',
    ];
    const response = await postChat(app, { ...HELLO, ...Object.fromEntries(fields.map((field) => [field, null])) });
    expect(response.status).toBe(200);
    expect(response.headers.has('x-trestle-notices')).toBe(false);
  });

  test('stream_options are for streams alone', async () => {
    const response = await postChat(app, { ...HELLO, stream_options: { include_usage: true } });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ param: 'stream_options' });
  });
});
