import { describe, expect, it, test } from 'vitest';
import { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import { claudeRequestOf, type RequestOptions } from '../../support/translated.ts';

const ORDINARY = { model: 'claude-sonnet-4-6', messages: [{ role: 'user', content: 'hi' }] };
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==';

const WEATHER = { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } };
const TOOLS = [{ type: 'function', function: WEATHER }];
const GRAMMAR = { definition: 'start: "a"', syntax: 'lark' };
const SCHEMA = { type: 'object', properties: {}, required: [], additionalProperties: false };
const CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } };
const CUSTOM_CALL = { id: 'call_2', type: 'custom', custom: { name: 'run', input: 'x' } };

/** The request as a caller's becomes one: through its schema. */
function ask(fields: object, options?: RequestOptions): ReturnType<typeof claudeRequestOf> {
  return claudeRequestOf(ChatCompletionRequest.parse({ ...ORDINARY, ...fields }), options);
}

/** Notices of what was ignored; others are not of interest here. */
function ignoredIn(fields: object): string[] {
  return ask(fields).notices.flatMap(({ param, action }) => (action === 'ignored' ? [param] : []));
}

const user = (...content: object[]): object => ({ messages: [{ role: 'user', content }] });
const called = (call: { id: string; [field: string]: unknown }): object => ({
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'assistant', tool_calls: [call] },
    { role: 'tool', tool_call_id: call.id, content: 'x' },
  ],
});

/** One unknown field each, in every object of a request that Claude gets something of. */
const UNKNOWN: [path: string, fields: object][] = [
  ['stream_options.zz', { stream: true, stream_options: { include_usage: true, zz: 1 } }],
  ['prompt_cache_options.zz', { prompt_cache_options: { mode: 'implicit', zz: 1 } }],
  ['thinking.zz', { thinking: { type: 'adaptive', zz: 1 } }],
  ['response_format.zz', { response_format: { type: 'text', zz: 1 } }],
  ['response_format.zz', { response_format: { type: 'json_object', zz: 1 } }],
  [
    'response_format.zz',
    { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: SCHEMA }, zz: 1 } },
  ],
  [
    'response_format.json_schema.zz',
    { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: SCHEMA, zz: 1 } } },
  ],
  ['tools[0].zz', { tools: [{ ...TOOLS[0], zz: 1 }] }],
  ['tools[0].function.zz', { tools: [{ type: 'function', function: { ...WEATHER, zz: 1 } }] }],
  ['tools[1].function.zz', { tools: [...TOOLS, { type: 'function', function: { name: 'b', zz: 1 } }] }],
  ['tools[0].cache_control.scope', { tools: [{ ...TOOLS[0], cache_control: { type: 'ephemeral', scope: 'global' } }] }],
  ['tools[0].custom.zz', { tools: [{ type: 'custom', custom: { name: 'run', zz: 1 } }] }],
  [
    'tools[0].custom.format.zz',
    { tools: [{ type: 'custom', custom: { name: 'run', format: { type: 'text', zz: 1 } } }] },
  ],
  [
    'tools[0].custom.format.grammar.zz',
    {
      tools: [{ type: 'custom', custom: { name: 'run', format: { type: 'grammar', grammar: { ...GRAMMAR, zz: 1 } } } }],
    },
  ],
  ['functions[0].zz', { functions: [{ ...WEATHER, zz: 1 }] }],
  ['function_call.zz', { functions: [WEATHER], function_call: { name: 'weather', zz: 1 } }],
  ['tool_choice.zz', { tools: TOOLS, tool_choice: { type: 'function', function: { name: 'weather' }, zz: 1 } }],
  [
    'tool_choice.function.zz',
    { tools: TOOLS, tool_choice: { type: 'function', function: { name: 'weather', zz: 1 } } },
  ],
  [
    'tool_choice.allowed_tools.zz',
    {
      tools: TOOLS,
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'weather' } }], zz: 1 },
      },
    },
  ],
  ['web_search_options.filters', { web_search_options: { filters: { allowed_domains: ['a.example'] } } }],
  [
    'web_search_options.user_location.approximate.zz',
    { web_search_options: { user_location: { type: 'approximate', approximate: { city: 'Ulm', zz: 1 } } } },
  ],
  ['messages[0].mood', { messages: [{ role: 'user', content: 'hi', mood: 'glad' }] }],
  ['messages[0].content[0].weight', user({ type: 'text', text: 'a', weight: 1 })],
  [
    'messages[0].content[0].cache_control.scope',
    user({ type: 'text', text: 'a', cache_control: { type: 'ephemeral', scope: 'global' } }),
  ],
  [
    'messages[0].content[0].prompt_cache_breakpoint.zz',
    user({ type: 'text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit', zz: 1 } }),
  ],
  ['messages[0].content[0].image_url.zz', user({ type: 'image_url', image_url: { url: PIXEL, zz: 1 } })],
  [
    'messages[0].content[0].file.yyy',
    user({ type: 'file', file: { filename: 'a.pdf', file_data: 'JVBERi0xLjQK', yyy: 1 } }),
  ],
  ['messages[1].tool_calls[0].place', called({ ...CALL, place: 0 })],
  ['messages[1].tool_calls[0].function.zz', called({ ...CALL, function: { ...CALL.function, zz: 1 } })],
  ['messages[1].tool_calls[0].custom.zz', called({ ...CUSTOM_CALL, custom: { ...CUSTOM_CALL.custom, zz: 1 } })],
];

/** Fields without a name in the schema that are nevertheless taken, or the caller's to fill. */
const TAKEN: [what: string, fields: object][] = [
  ['a request of known fields', { tools: TOOLS, tool_choice: 'auto', user: 'ada', stop: ['END'] }],
  [
    "a JSON Schema's own keywords, in a tool",
    { tools: [{ type: 'function', function: { name: 'a', parameters: { type: 'object', 'x-mine': { q: 1 } } } }] },
  ],
  [
    "a JSON Schema's own keywords, in the response format",
    { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { ...SCHEMA, 'x-mine': 1 } } } },
  ],
  ['the arguments of a call', called({ ...CALL, function: { name: 'weather', arguments: '{"city":"Ulm","zz":1}' } })],
  ['a cache mark on a tool', { tools: [{ ...TOOLS[0], cache_control: { type: 'ephemeral', ttl: '1h' } }] }],
  [
    'the tools of allowed_tools',
    {
      tools: TOOLS,
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'weather' }, name: 'x' }] },
      },
    },
  ],
  [
    'the seal of reasoning_details',
    {
      messages: [
        { role: 'user', content: 'hi' },
        {
          role: 'assistant',
          content: 'a',
          reasoning_details: [
            { type: 'thinking', thinking: 't', signature: 's', model: 'claude-sonnet-4-6', prefix: '' },
          ],
        },
        { role: 'user', content: 'b' },
      ],
    },
  ],
  ['a null', { messages: [{ role: 'user', content: 'hi', mood: null }], thinking: { type: 'adaptive', zz: null } }],
];

describe('a field that the schema does not know', () => {
  test.each(UNKNOWN)('is named when it is %s', (path, fields) => {
    expect(ignoredIn(fields)).toEqual([path]);
  });

  test.each(UNKNOWN)('is refused in strict mode when it is %s', (path, fields) => {
    expect(() => ask(fields, { strict: true })).toThrow(
      expect.objectContaining({ status: 400, code: 'unsupported_parameter', param: path }),
    );
  });

  it('never reaches Claude', () => {
    for (const [, fields] of UNKNOWN) {
      expect(JSON.stringify(ask(fields).body)).not.toMatch(/"(zz|yyy|weight|mood|scope|filters|index)"/);
    }
  });

  it('is named once for all the messages that have it', () => {
    const message = { role: 'user', content: [{ type: 'text', text: 'a', weight: 1 }], mood: 'glad' };
    const messages = [message, message, message];
    expect(ignoredIn({ messages })).toEqual(['messages[0].content[0].weight', 'messages[0].mood']);
  });

  test.each(['constructor', 'toString', 'hasOwnProperty'])('is seen under the name %s', (name) => {
    expect(ignoredIn({ stream: true, stream_options: { [name]: 1 } })).toEqual([`stream_options.${name}`]);
  });

  it('is named by a reason that a caller can act on', () => {
    expect(ask({ tools: [{ ...TOOLS[0], zz: 1 }] }).notices).toEqual([
      { param: 'tools[0].zz', action: 'ignored', message: 'zz is not a field that Claude has a place for' },
    ]);
  });
});

describe('no notice is made of', () => {
  test.each(TAKEN)('%s', (_, fields) => {
    expect(ignoredIn(fields)).toEqual([]);
  });

  test.each([
    ['logit_bias', { '50256': -100 }],
    ['moderation', { model: 'omni', deep: { er: 1 } }],
  ])('what %s holds, beside the one of itself', (name, value) => {
    expect(ignoredIn({ [name]: value })).toEqual([name]);
  });
});
