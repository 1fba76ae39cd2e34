import type { Answer } from './fake-claude.ts';

/** What Claude says, and the request that it says it to. */
export interface Scene {
  answer?: Answer;
  request?: object;
}

const TEXT = { type: 'text', text: 'Hello' };
const CALL = { type: 'tool_use', id: 'toolu_01', name: 'get_weather', input: { city: 'Oslo' } };
const PARAMETERS = { type: 'object', properties: { city: { type: 'string' } } };
const TOOL = { type: 'function', function: { name: 'get_weather', parameters: PARAMETERS } };
const DRAW = { type: 'tool_use', id: 'toolu_02', name: 'draw', input: { input: 'a circle' } };
const THINKING = { type: 'thinking', thinking: 'Hm.', signature: '' };
const JSON_TEXT = { type: 'text', text: '{"city":"Oslo"}' };
const format = (schema: object) => ({
  response_format: { type: 'json_schema', json_schema: { name: 'city', schema } },
});
/** Which no grammar holds, so that the answer comes through a tool. */
const MAP = { type: 'object', additionalProperties: { type: 'string' } };

const PAGE = { url: 'https://example.com/oslo', title: 'Oslo' };
const SEARCHED = [
  { type: 'server_tool_use', id: 'srvtoolu_01', name: 'web_search', input: { query: 'Oslo' } },
  {
    type: 'web_search_tool_result',
    tool_use_id: 'srvtoolu_01',
    content: [{ type: 'web_search_result', ...PAGE, encrypted_content: 'EqgB', page_age: null }],
  },
  {
    type: 'text',
    text: 'It rains in Oslo.',
    citations: [{ type: 'web_search_result_location', cited_text: '…', encrypted_index: 'Eo8B', ...PAGE }],
  },
];

/** An answer of each kind; asked for whole and streamed. */
export const SCENES: Readonly<Record<string, Scene>> = {
  text: {},
  'nothing at all': { answer: { message: { content: [] } } },
  'text in two blocks': { answer: { message: { content: [TEXT, TEXT] } } },
  'an answer cut short': { answer: { message: { content: [TEXT], stop_reason: 'max_tokens' } } },
  'a stop sequence': {
    answer: { message: { content: [TEXT], stop_reason: 'stop_sequence', stop_sequence: 'x' } },
    request: { stop: 'x' },
  },
  'a refusal without text': { answer: { message: { content: [], stop_reason: 'refusal' } } },
  'a refusal in the middle of its text': { answer: { message: { content: [TEXT], stop_reason: 'refusal' } } },
  'a refusal with a reason': {
    answer: {
      message: {
        content: [],
        stop_reason: 'refusal',
        stop_details: { type: 'refusal', category: 'bio', explanation: 'Not this.' },
      },
    },
  },
  'a refusal in place of JSON': {
    answer: { message: { content: [], stop_reason: 'refusal' } },
    request: format({ ...PARAMETERS, required: ['city'], additionalProperties: false }),
  },
  'a call': { answer: { message: { content: [CALL] } }, request: { tools: [TOOL] } },
  'text and two calls': {
    answer: { message: { content: [TEXT, CALL, { ...CALL, id: 'toolu_02', input: {} }] } },
    request: { tools: [TOOL] },
  },
  'a call cut short': {
    answer: { message: { content: [CALL], stop_reason: 'max_tokens' } },
    request: { tools: [TOOL] },
  },
  'a custom call': {
    answer: { message: { content: [DRAW] } },
    request: { tools: [{ type: 'custom', custom: { name: 'draw' } }] },
  },
  'calls of both kinds': {
    answer: { message: { content: [TEXT, CALL, DRAW] } },
    request: { tools: [TOOL, { type: 'custom', custom: { name: 'draw', format: { type: 'text' } } }] },
  },
  'a legacy call': { answer: { message: { content: [CALL] } }, request: { functions: [TOOL.function] } },
  'a legacy call after text': {
    answer: { message: { content: [TEXT, CALL] } },
    request: { functions: [TOOL.function] },
  },
  thinking: {
    answer: { message: { content: [THINKING, TEXT] } },
    request: { reasoning_effort: 'high' },
  },
  'thinking in every form, and a call': {
    answer: {
      message: {
        content: [THINKING, { type: 'redacted_thinking', data: '' }, TEXT, { ...THINKING, thinking: '' }, CALL],
        usage: { output_tokens: 40, output_tokens_details: { thinking_tokens: 31 } },
      },
    },
    request: { reasoning_effort: 'high', tools: [TOOL] },
  },
  'a web search': { answer: { message: { content: [TEXT, ...SEARCHED] } }, request: { web_search_options: {} } },
  'a web search with thinking': {
    answer: { message: { content: [THINKING, ...SEARCHED, TEXT] } },
    request: { web_search_options: { search_context_size: 'low' }, reasoning_effort: 'low' },
  },
  'JSON by a grammar': {
    answer: { message: { content: [JSON_TEXT] } },
    request: format({ ...PARAMETERS, required: ['city'], additionalProperties: false }),
  },
  'JSON through a tool': {
    answer: { message: { content: [{ type: 'tool_use', id: 'toolu_03', name: 'city', input: { city: 'Oslo' } }] } },
    request: format(MAP),
  },
  'JSON through a tool, in which a tool was called': {
    answer: { message: { content: [TEXT, CALL] } },
    request: { ...format(MAP), tools: [TOOL] },
  },
  'JSON in a fence': {
    answer: { message: { content: [{ type: 'text', text: '```json\n{"city":"Oslo"}\n```' }] } },
    request: { response_format: { type: 'json_object' } },
  },
  'JSON that breaks its schema': {
    answer: { message: { content: [JSON_TEXT] } },
    request: format({ type: 'object', properties: { city: { type: 'string', minLength: 9 } }, required: ['city'] }),
  },
  'three choices': { request: { n: 3 } },
  'two choices of calls': {
    answer: { message: { content: [TEXT, CALL] } },
    request: { n: 2, tools: [TOOL], reasoning_effort: 'low' },
  },
  'cached tokens': {
    answer: {
      message: {
        content: [TEXT],
        usage: { cache_read_input_tokens: 12_304, cache_creation_input_tokens: 7, input_tokens: 3 },
      },
    },
  },
  'no counts': { answer: { message: { content: [TEXT], usage: { input_tokens: undefined!, service_tier: null } } } },
  'another tier': { answer: { message: { content: [TEXT], usage: { service_tier: 'priority' } } } },
  notices: { request: { seed: 1, unknown_field: true, temperature: 0.3 } },
  'a retired model': { request: { model: 'claude-sonnet-4-20250514' } },
  'an unknown block': { answer: { message: { content: [{ type: 'hologram' }, TEXT] } } },
};
