import { describe, expect, it, test } from 'vitest';
import { ChatCompletionRequest } from '../../../../shared/chat-request.ts';
import { refusalOf } from '../../../support/claude-rules.ts';
import { claudeRequestOf } from '../../../support/translated.ts';

// What clients add to a request of their own: marks that mean something, and copies that mean nothing.

const mark = { type: 'ephemeral' };
const TOOL = { type: 'function', function: { name: 'add', parameters: { type: 'object', properties: {} } } };
const call = (more: object = {}): object => ({
  id: 'c',
  type: 'function',
  function: { name: 'add', arguments: '{}' },
  ...more,
});
const result = { role: 'tool', tool_call_id: 'c', content: '3' };
const question = { role: 'user', content: 'add 1 and 2' };

function sent(messages: object[], strict = true) {
  const request = ChatCompletionRequest.parse({ model: 'claude-sonnet-5-5', messages, tools: [TOOL] });
  const translated = claudeRequestOf(request, { strict });
  expect(refusalOf(translated.body, translated.version)).toBeNull();
  return translated;
}

describe('cache_control', () => {
  it('on a message marks its last block, in strict mode too', () => {
    const { body } = sent([
      {
        role: 'system',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
        cache_control: mark,
      },
      { ...question, cache_control: mark },
      { role: 'assistant', content: 'I add.', tool_calls: [call()], cache_control: mark },
      { ...result, cache_control: { type: 'ephemeral', ttl: '5m' } },
    ]);
    expect(body.system).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b', cache_control: mark },
    ]);
    expect(body.messages).toMatchObject([
      { content: [{ type: 'text', cache_control: mark }] },
      {
        content: [
          { type: 'text', text: 'I add.' },
          { type: 'tool_use', cache_control: mark },
        ],
      },
      { content: [{ type: 'tool_result', content: [{ type: 'text', text: '3' }], cache_control: { ttl: '5m' } }] },
    ]);
  });

  it('on a call marks that call', () => {
    const { body } = sent([
      question,
      { role: 'assistant', content: null, tool_calls: [call({ cache_control: mark }), call({ id: 'd' })] },
      result,
      { ...result, tool_call_id: 'd' },
    ]);
    const [marked, unmarked] = body.messages[1]!.content as object[];
    expect(marked).toMatchObject({ type: 'tool_use', cache_control: mark });
    expect(unmarked).not.toHaveProperty('cache_control');
  });

  it('on a message that says nothing marks nothing', () => {
    expect(JSON.stringify(sent([question, { role: 'user', content: ' ', cache_control: mark }]).body)).not.toContain(
      'cache_control',
    );
  });
});

describe('makes no notice, and is taken in strict mode', () => {
  test.each<[string, object[]]>([
    [
      'an answer that the Agents SDK copies into its parts',
      [
        question,
        {
          role: 'assistant',
          content: [
            {
              type: 'text',
              text: 'I add.',
              role: 'assistant',
              refusal: null,
              tool_calls: [call()],
              reasoning_content: 'hm',
              annotations: [],
            },
          ],
          tool_calls: [call()],
        },
        result,
      ],
    ],
    [
      "LiteLLM's provider_specific_fields",
      [
        question,
        {
          role: 'assistant',
          content: 'I add.',
          provider_specific_fields: { a: 1 },
          tool_calls: [call({ provider_specific_fields: { b: 2 } })],
        },
        result,
      ],
    ],
  ])('%s', (_name, messages) => {
    expect(sent(messages).notices).toEqual([]);
  });

  test("the bounds of zod's integers", () => {
    const properties = { n: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 } };
    const schema = { type: 'object', properties, required: ['n'], additionalProperties: false };
    const request = ChatCompletionRequest.parse({
      model: 'claude-sonnet-5-5',
      messages: [question],
      tools: [{ type: 'function', function: { name: 'add', parameters: schema, strict: true } }],
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema, strict: true } },
    });
    expect(claudeRequestOf(request, { strict: true }).notices).toEqual([]);
  });
});

describe('system messages between answers', () => {
  const system = (content: string): object => ({ role: 'system', content });
  const said = (content: string): object => ({ role: 'assistant', content });

  it('keep their order where the model takes them, with a notice for each', () => {
    const { body, notices } = sent([
      question,
      said('a'),
      system('Saved.'),
      said('b'),
      system('Run.'),
      said('c'),
      question,
    ]);
    expect(body.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'add 1 and 2'],
      ['assistant', 'a'],
      ['user', '(The user sent no message.)'],
      ['system', 'Saved.'],
      ['assistant', 'b'],
      ['user', '(The user sent no message.)'],
      ['system', 'Run.'],
      ['assistant', 'c'],
      ['user', 'add 1 and 2'],
    ]);
    expect(notices.map(({ param }) => param)).toEqual(['messages[2]', 'messages[4]']);
  });

  it('before words of the user go behind them, each with its notice', () => {
    const { notices } = sent([question, system('a'), question, said('x'), question, system('b'), question]);
    expect(notices.map(({ param, action }) => `${param}=${action}`)).toEqual([
      'messages[1]=emulated',
      'messages[5]=emulated',
    ]);
  });
});
