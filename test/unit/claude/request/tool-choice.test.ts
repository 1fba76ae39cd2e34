import { describe, expect, it, test } from 'vitest';
import type { ChatCompletionRequest } from '../../../../shared/chat-request.ts';
import { refusalOf } from '../../../support/claude-rules.ts';
import { claudeRequestOf, type TranslatedRequest } from '../../../support/translated.ts';

const named = (name: string) => ({ type: 'function', function: { name } });
const free = { type: 'custom', custom: { name: 'draw' } };
const tools = [named('look'), named('ask'), free];
const all = ['look', 'ask', 'draw'];
const allowed = (mode: string, ...picked: object[]) => ({
  type: 'allowed_tools',
  allowed_tools: { mode, tools: picked },
});

/** Models that take a forced choice, and one that refuses it. */
const FORCED = 'claude-opus-4-8';
const FREE = 'claude-opus-5-5';

function translate(fields: object): TranslatedRequest {
  const base = { model: FORCED, messages: [{ role: 'user', content: 'Hello' }], tools };
  const sent = claudeRequestOf({ ...base, ...fields } as ChatCompletionRequest);
  expect(refusalOf(sent.body, sent.version)).toBeNull();
  return sent;
}

function namesIn({ body }: TranslatedRequest): string[] {
  return (body.tools ?? []).map((tool) => ('name' in tool ? tool.name : ''));
}

describe('tool_choice and parallel_tool_calls as Claude has them (pitfall 41)', () => {
  const serial = { disable_parallel_tool_use: true };
  test.each<[unknown, boolean | undefined, object | undefined, string[]]>([
    [undefined, undefined, undefined, all],
    [undefined, true, undefined, all],
    [undefined, false, { type: 'auto', ...serial }, all],
    ['auto', undefined, undefined, all],
    ['auto', false, { type: 'auto', ...serial }, all],
    ['none', undefined, { type: 'none' }, all],
    ['none', false, { type: 'none' }, all],
    ['required', undefined, { type: 'any' }, all],
    ['required', true, { type: 'any' }, all],
    ['required', false, { type: 'any', ...serial }, all],
    [named('ask'), undefined, { type: 'tool', name: 'ask' }, all],
    [named('ask'), false, { type: 'tool', name: 'ask', ...serial }, all],
    [free, undefined, { type: 'tool', name: 'draw' }, all],
    [allowed('auto', named('ask')), undefined, undefined, ['ask']],
    [allowed('auto', named('ask')), false, { type: 'auto', ...serial }, ['ask']],
    [allowed('required', named('ask'), free), undefined, { type: 'any' }, ['ask', 'draw']],
    [allowed('required', { type: 'function', name: 'look' }), false, { type: 'any', ...serial }, ['look']],
  ])('%j with parallel calls %s', (tool_choice, parallel_tool_calls, sent, names) => {
    const request = translate({ tool_choice, parallel_tool_calls });
    expect([request.body.tool_choice, namesIn(request), request.notices]).toEqual([sent, names, []]);
  });
});

describe('a model that can not be forced', () => {
  test.each<[unknown, RegExp]>([
    ['required', /^You must call at least one of the tools in this answer\./],
    [named('ask'), /^You must call the tool `ask` in this answer\./],
    [allowed('required', named('ask')), /^You must call at least one of the tools/],
  ])('is told to where no grammar can hold the call, with a notice: %j', (tool_choice, told) => {
    const map = { type: 'object', additionalProperties: { type: 'string' } };
    const maps = ['look', 'ask'].map((name) => ({ type: 'function', function: { name, parameters: map } }));
    const { body, notices } = translate({ model: FREE, tools: maps, tool_choice, parallel_tool_calls: false });
    expect(body.tool_choice).toEqual({ type: 'auto', disable_parallel_tool_use: true });
    expect(body.system).toBeUndefined();
    expect(body.messages.at(-1)).toEqual({ role: 'system', content: expect.stringMatching(told) as unknown });
    expect(notices).toMatchObject([{ param: 'tool_choice', action: 'emulated' }]);
  });

  it('is what a model with a thinking budget is', () => {
    const fields = { model: 'claude-haiku-4-5', tool_choice: 'required', reasoning_effort: 'high' };
    const { body, notices } = translate(fields);
    expect(body.tool_choice).toEqual({ type: 'none' });
    expect(body.output_config?.format?.type).toBe('json_schema');
    expect(notices.map(({ param }) => param).toSorted()).toEqual(['reasoning_effort', 'tool_choice']);
  });
});

describe('a choice that can not be made is a 400 that names the field', () => {
  test.each<[string, object, string]>([
    ['of a function that is not there', { tool_choice: named('gone') }, 'tool_choice.function.name'],
    [
      'of a custom tool that is not there',
      { tool_choice: { type: 'custom', custom: { name: 'gone' } } },
      'tool_choice.custom.name',
    ],
    [
      'among others that are not there',
      { tool_choice: allowed('auto', named('look'), named('gone')) },
      'tool_choice.allowed_tools.tools[1]',
    ],
    ['forced, without tools', { tools: [], tool_choice: 'required' }, 'tool_choice'],
    [
      'of a legacy function that is not there',
      { tools: null, functions: [{ name: 'a' }], function_call: { name: 'b' } },
      'function_call.name',
    ],
    ['of tools and of functions', { functions: [{ name: 'a' }] }, 'functions'],
  ])('%s', (_name, fields, param) => {
    expect(() => translate(fields)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});

describe('a history with calls', () => {
  const messages = [
    { role: 'user', content: 'Hello' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'functions.look', arguments: '{}' } },
        { id: 'b', type: 'custom', custom: { name: 'draw', input: 'a circle' } },
      ],
    },
    { role: 'tool', tool_call_id: 'a', content: '1' },
    { role: 'tool', tool_call_id: 'b', content: '2' },
  ];

  test.each([undefined, null, []])(
    'is taken by a request without tools, which Claude refuses (pitfall 29): %j',
    (none) => {
      const request = translate({ messages, tools: none });
      const empty = { type: 'object', properties: {} };
      expect(request.body.tools).toMatchObject([
        { name: 'functions_look', input_schema: empty },
        { name: 'draw', input_schema: empty },
      ]);
      expect(request.body.tool_choice).toEqual({ type: 'none' });
    },
  );

  it('and tools of its own calls those alone', () => {
    const request = translate({ messages, tools: [named('ask')] });
    expect([namesIn(request), request.body.tool_choice]).toEqual([['ask'], undefined]);
  });
});
