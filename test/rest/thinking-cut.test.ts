import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { postChat } from '../support/rest-request.ts';
import type { ClaudeBody } from '../support/rules-body.ts';
import { signThinking } from '../support/thinking-signature.ts';

const MODEL = 'claude-opus-5-5';
const question = { role: 'user', content: 'Look.' };
const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} };

/** Thought, called, and was cut short in its next thought, which then has no signature. */
function* cutShort(body: ClaudeBody): Generator<object> {
  const signature = signThinking(MODEL, body, { index: 0, count: 1, thinking: 'hm' });
  yield { type: 'message_start', message: { model: MODEL, usage: { input_tokens: 1, output_tokens: 1 } } };
  yield { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } };
  yield { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } };
  yield { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature } };
  yield { type: 'content_block_stop', index: 0 };
  yield { type: 'content_block_start', index: 1, content_block: call };
  yield { type: 'content_block_stop', index: 1 };
  yield { type: 'content_block_start', index: 2, content_block: { type: 'thinking', thinking: '', signature: '' } };
  yield { type: 'content_block_delta', index: 2, delta: { type: 'thinking_delta', thinking: 'and th' } };
  yield { type: 'content_block_stop', index: 2 };
  yield { type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 9 } };
  yield { type: 'message_stop' };
}

test('thinking that was cut short is not sent back, as it has no signature', async () => {
  await using app = await startApp();
  app.fake.replyWith((body) => ({ events: cutShort(body) }));
  const first = await postChat(app, { model: MODEL, tools, messages: [question], stream: true });
  expect(await first.text()).toContain('"finish_reason":"length"');

  app.fake.replyWith(() => ({ message: { content: [{ type: 'text', text: 'Done.' }] } }));
  const assistant = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'toolu_1', type: 'function', function: { name: 'look', arguments: '{}' } }],
  };
  const result = { role: 'tool', tool_call_id: 'toolu_1', content: 'ok' };
  const second = await postChat(app, { model: MODEL, tools, messages: [question, assistant, result] });

  expect(app.fake.refusals).toEqual([]);
  expect(second.status).toBe(200);
  const { messages } = app.fake.requests[1]!.body as ClaudeBody;
  expect(messages[1]!.content).toMatchObject([{ type: 'thinking', thinking: 'hm' }, call]);
});
