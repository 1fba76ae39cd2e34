import { type Dice, mutateJson, mutateText } from './mutate.ts';
import { anySchema } from './schemas.ts';

type Fields = Record<string, unknown>;

const LOOK = { type: 'function', name: 'look', strict: true, parameters: { type: 'object', properties: { a: {} } } };
const CALL = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{"a":1.50}' };

/** Requests of the Responses API, which mutations start from. */
const RESPONSES: readonly Fields[] = [
  { model: 'claude-opus-5-5', input: 'Hello' },
  {
    model: 'claude-sonnet-5-5',
    instructions: 'Be brief.',
    input: [
      { role: 'developer', content: [{ type: 'input_text', text: 'Go.' }] },
      { type: 'message', role: 'user', content: [{ type: 'input_image', image_url: 'https://a.example/b.png' }] },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'AAAA' },
      {
        type: 'message',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'x' },
          { type: 'refusal', refusal: 'y' },
        ],
      },
      CALL,
      { type: 'custom_tool_call', call_id: 'call_2', name: 'draw', input: 'x', namespace: 'n' },
      { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_text', text: 'cold' }] },
      { type: 'custom_tool_call_output', call_id: 'call_2', output: 'done' },
      { type: 'web_search_call', id: 'ws_1', action: { type: 'search', query: 'x' } },
    ],
    tools: [
      LOOK,
      { type: 'custom', name: 'draw', format: { type: 'grammar', syntax: 'regex', definition: '(a+)+$' } },
      { type: 'namespace', name: 'n', description: 'x', tools: [LOOK, { type: 'custom', name: 'draw' }] },
      { type: 'web_search', user_location: { type: 'approximate', country: 'NO' } },
      { type: 'mcp', server_label: 'x' },
    ],
    tool_choice: { type: 'function', name: 'look' },
    reasoning: { effort: 'high', summary: 'auto' },
    text: { verbosity: 'low', format: { type: 'json_schema', name: 'x', schema: { type: 'object' }, strict: true } },
    include: ['reasoning.encrypted_content'],
    metadata: { a: 'b' },
    store: false,
  },
  {
    model: 'claude-haiku-4-5',
    input: [
      {
        type: 'additional_tools',
        role: 'developer',
        tools: [{ type: 'shell' }, { type: 'apply_patch' }, { type: 'local_shell' }],
      },
      { role: 'user', content: 'x' },
      { type: 'tool_search_call', call_id: 'call_3', execution: 'client', arguments: { query: 'x' } },
      { type: 'tool_search_output', call_id: 'call_3', tools: [LOOK] },
      { type: 'shell_call', call_id: 'call_4', action: { commands: ['ls'] } },
      {
        type: 'shell_call_output',
        call_id: 'call_4',
        output: [{ stdout: '', stderr: '', outcome: { type: 'timeout' } }],
      },
      { type: 'item_reference', id: `msg_${'0'.repeat(36)}` },
      { type: 'compaction', encrypted_content: 'AAAA' },
      { type: 'compaction_trigger' },
    ],
    previous_response_id: `resp_${'0'.repeat(32)}`,
  },
];

const MESSAGES: readonly Fields[] = [
  { model: 'claude-opus-5-5', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] },
  {
    model: 'claude-sonnet-4-20250514',
    max_tokens: 100,
    system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }],
    tools: [{ name: 'look', input_schema: { type: 'object' } }],
  },
];

function requestOf(kinds: readonly Fields[], dice: Dice): unknown {
  const base: Fields = { ...dice.oneOf(kinds), ...(dice.chance(0.4) && { stream: true }) };
  if (kinds === RESPONSES && dice.chance(0.2)) {
    base['tools'] = [{ ...LOOK, parameters: anySchema(dice) }];
    delete base['tool_choice'];
  }
  if (dice.chance(0.5)) delete base['previous_response_id'];
  return dice.chance(0.15) ? base : mutateJson(base, dice);
}

export const anyResponsesRequest = (dice: Dice): unknown => requestOf(RESPONSES, dice);

/** The text of a request of one of these APIs; now and then no JSON any more. */
export function anyNewerBody(api: 'responses' | 'messages', dice: Dice): string {
  const text = JSON.stringify(requestOf(api === 'responses' ? RESPONSES : MESSAGES, dice)) ?? '';
  return dice.chance(0.1) ? mutateText(text, dice) : text;
}
