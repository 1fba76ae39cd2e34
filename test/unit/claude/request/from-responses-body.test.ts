import { describe, expect, it, test } from 'vitest';
import { fromResponsesBody } from '../../../../server/claude/request/from-responses-body.ts';
import { ChatCompletionRequest } from '../../../../shared/chat-request.ts';
import { claudeRequestOf } from '../../../support/translated.ts';

// Editors post the Responses API's body to /v1/chat/completions.

const parameters = { type: 'object', properties: { path: { type: 'string' } } };

describe('a body with input', () => {
  const body = {
    model: 'claude-sonnet-5-5',
    instructions: 'Be brief.',
    input: [
      { role: 'user', content: 'Read it.' },
      { type: 'reasoning', id: 'rs_1', summary: [] },
      {
        type: 'message',
        id: 'msg_1',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'I read.' }],
      },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'read', arguments: '{"path":"a"}' },
      { type: 'custom_tool_call', call_id: 'c2', name: 'patch', input: '*** Begin' },
      { type: 'function_call_output', call_id: 'c1', output: 'text of a' },
      { type: 'custom_tool_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'done' }] },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'And this?' },
          { type: 'input_image', image_url: 'https://x.org/a.png', detail: 'auto' },
        ],
      },
    ],
    tools: [
      { type: 'function', name: 'read', description: 'Reads.', parameters, strict: false },
      { type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' } },
    ],
    tool_choice: { type: 'function', name: 'read' },
    text: { format: { type: 'json_schema', name: 'a', schema: parameters }, verbosity: 'low' },
    reasoning: { effort: 'high', summary: null },
    max_output_tokens: 4000,
    stream: true,
  };

  it('becomes a request of chat completions', () => {
    expect(fromResponsesBody(body)).toEqual({
      model: 'claude-sonnet-5-5',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Read it.' },
        {
          type: undefined,
          role: 'assistant',
          content: [{ type: 'text', text: 'I read.' }],
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'read', arguments: '{"path":"a"}' } },
            { id: 'c2', type: 'custom', custom: { name: 'patch', input: '*** Begin' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'text of a' },
        { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: 'done' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'And this?' },
            { type: 'image_url', image_url: { url: 'https://x.org/a.png', detail: 'auto' } },
          ],
        },
      ],
      tools: [
        { type: 'function', function: { name: 'read', description: 'Reads.', parameters, strict: false } },
        {
          type: 'custom',
          custom: { name: 'patch', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } } },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'read' } },
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema: parameters } },
      verbosity: 'low',
      reasoning_effort: 'high',
      'input.reasoning': true,
      max_completion_tokens: 4000,
      stream: true,
    });
  });

  it('is one that Claude gets without anything left behind but the reasoning of another API, which is noted', () => {
    const { notices, body: sent } = claudeRequestOf(ChatCompletionRequest.parse(fromResponsesBody(body)));
    expect(notices.filter(({ action }) => action === 'ignored')).toMatchObject([{ param: 'input.reasoning' }]);
    expect(sent.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'system']);
  });

  it('of a text alone is a message of the user', () => {
    expect(fromResponsesBody({ model: 'm', input: 'Hello' })).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Hello' }],
    });
  });
});

test('flat tools beside messages are put into their own objects', () => {
  const messages = [{ role: 'user', content: 'x' }];
  expect(fromResponsesBody({ messages, tools: [{ type: 'function', name: 'a' }] })).toEqual({
    messages,
    tools: [{ type: 'function', function: { name: 'a' } }],
  });
});

test.each<Record<string, unknown>>([
  {},
  { messages: [], input: 'x' },
  { tools: [{ type: 'function', function: { name: 'a' } }] },
])('any other body is the same: %j', (body) => {
  expect(fromResponsesBody(body)).toBe(body);
});

it('notes what reasoning asks for beside the effort', () => {
  const body = { model: 'm', input: 'Hello', reasoning: { effort: 'low', summary: 'auto' } };
  expect(fromResponsesBody(body)).toMatchObject({ reasoning_effort: 'low', reasoning: { summary: 'auto' } });
});
