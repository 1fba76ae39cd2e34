import { expect, test } from 'vitest';
import { jsonOf } from '../../../server/claude/raw-json.ts';
import { readBatchResult } from '../../../server/upstream/batch-result.ts';

const line = (result: object): string => JSON.stringify({ custom_id: '7', result });
const MESSAGE = { type: 'message', model: 'claude-sonnet-5-5', content: [], stop_reason: 'end_turn', usage: {} };

test('a message is read, with the inputs of its calls as Claude wrote them', () => {
  const input = '{"id": 12345678901234567890, "n": 1.0}';
  const block = `{"type":"tool_use","id":"toolu_1","name":"f","input":${input}}`;
  const message = JSON.stringify(MESSAGE).replace('"content":[]', `"content":[${block}]`);
  const { customId, outcome } = readBatchResult(
    `{"custom_id":"7", "result": {"message": ${message}, "type": "succeeded"}}`,
  );
  expect(customId).toBe('7');
  const [call] = (outcome as unknown as { content: { input: unknown }[] }).content;
  expect(jsonOf(call!.input)).toBe(input);
});

test.each([
  ['canceled', 'canceled'],
  ['expired', 'expired'],
])('what is %s is told as that', (type, outcome) => {
  expect(readBatchResult(line({ type }))).toEqual({ customId: '7', outcome });
});

test.each([
  [
    {
      type: 'errored',
      error: { type: 'error', error: { type: 'invalid_request_error', message: 'max_tokens: too many' } },
    },
    { status: 400, param: 'max_tokens' },
  ],
  [{ type: 'errored', error: { type: 'error', error: { type: 'api_error', message: 'x' } } }, { status: 500 }],
  [{ type: 'errored' }, { status: 502 }],
  [
    { type: 'succeeded', message: { ...MESSAGE, content: 'x' } },
    { status: 502, code: 'upstream_error' },
  ],
  [
    { type: 'new', message: null },
    { status: 502, code: 'upstream_error' },
  ],
])('a failure is what the live door would tell: %j', (result, error) => {
  expect(readBatchResult(line(result)).outcome).toMatchObject(error);
});

test.each(['{', '[]', '{"result":{}}', 'null'])('what is no result, %s, is an unreadable answer', (text) => {
  expect(() => readBatchResult(text)).toThrow('could not be understood');
});
