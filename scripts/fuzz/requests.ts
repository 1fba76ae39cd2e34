import { type Dice, mutateJson, mutateText } from './mutate.ts';
import { anySchema } from './schemas.ts';

const FUNCTION = {
  type: 'function',
  function: {
    name: 'f',
    strict: true,
    parameters: {
      type: 'object',
      $defs: { a: { type: 'string', pattern: '^a+$' } },
      properties: {
        city: { $ref: '#/$defs/a' },
        n: { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] },
        $top: {},
      },
      required: ['city', 'city'],
      additionalProperties: false,
    },
  },
};
const CALL = {
  id: 'call_1',
  type: 'function',
  function: { name: 'f', arguments: '{"city":"Oslo","n":12345678901234567890}' },
};
const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

/** Requests of each kind, which mutations start from. */
const REQUESTS: readonly Record<string, unknown>[] = [
  { model: 'claude-opus-5-5', messages: [{ role: 'user', content: 'Hello' }] },
  {
    model: 'claude-sonnet-4-6',
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: PNG } },
        ],
        name: 'ada',
      },
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [CALL],
        reasoning_details: [{ type: 'reasoning.text', text: 'Hm', signature: 'x' }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'cold' },
      { role: 'developer', content: 'Go on.' },
      {
        role: 'user',
        content: [{ type: 'file', file: { filename: 'a.txt', file_data: 'data:text/plain;base64,aGk=' } }],
      },
    ],
    tools: [
      FUNCTION,
      {
        type: 'custom',
        custom: { name: 'draw', format: { type: 'grammar', grammar: { syntax: 'regex', definition: 'a+' } } },
      },
    ],
    tool_choice: 'auto',
    parallel_tool_calls: false,
    temperature: 0.5,
    reasoning_effort: 'high',
  },
  {
    model: 'claude-haiku-5-5',
    messages: [{ role: 'user', content: 'JSON, please' }],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'a', strict: true, schema: FUNCTION.function.parameters },
    },
    stop: ['x', 'y'],
    n: 2,
    stream_options: { include_usage: true },
    metadata: { a: 'b' },
    user: 'somebody',
    max_completion_tokens: 100,
    web_search_options: { user_location: { type: 'approximate', approximate: { city: 'Oslo' } } },
  },
];

const oneOfEach = (dice: Dice): object => dice.oneOf(REQUESTS);

/** Schemas that nobody would write, as tools and as the format of the answer. */
function withSchemas(dice: Dice): object {
  const { function: plain } = FUNCTION;
  const schema = dice.chance(0.7) ? anySchema(dice) : undefined;
  const tools = Array.from({ length: dice.below(4) }, (_, index) => ({
    ...FUNCTION,
    function: { ...plain, name: `f${index}`, strict: dice.chance(0.6), parameters: anySchema(dice) },
  }));
  return {
    ...dice.oneOf(REQUESTS),
    tools,
    tool_choice: dice.oneOf(['auto', 'none', 'required', { type: 'function', function: { name: 'f0' } }]),
    ...(schema && { response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema } } }),
  };
}

const MANY: readonly ((many: <T>(make: (index: number) => T) => T[]) => object)[] = [
  (many) => ({ messages: many((at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content: 'x' })) }),
  (many) => ({ messages: many(() => ({ role: 'system', content: 'x' })) }),
  (many) => ({ messages: [{ role: 'user', content: many(() => ({ type: 'text', text: 'x' })) }] }),
  (many) => ({
    messages: [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: null, tool_calls: many((at) => ({ ...CALL, id: `c${at % 9}` })) },
      ...many((at) => ({ role: 'tool', tool_call_id: `c${at % 9}`, content: 'x' })),
    ],
  }),
  (many) => ({ tools: many((at) => ({ ...FUNCTION, function: { ...FUNCTION.function, name: `f${at}` } })) }),
  (many) => ({ stop: many((at) => `s${at}`), logit_bias: Object.fromEntries(many((at) => [at, 1])) }),
  (many) => Object.fromEntries(many((at) => [`unknown${at}`, at])),
  (many) => ({
    tools: [
      {
        ...FUNCTION,
        function: {
          ...FUNCTION.function,
          parameters: { type: 'object', properties: Object.fromEntries(many((at) => [`$p${at}`, { enum: [at] }])) },
        },
      },
    ],
  }),
  (many) => ({
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'a',
        schema: { type: 'object', properties: { x: { anyOf: many(() => ({ $ref: '#/properties/x' })) } } },
      },
    },
  }),
];

/** Some hundreds of one thing. */
function ofMany(dice: Dice): object {
  const count = dice.oneOf([10, 100, 400]);
  return { ...dice.oneOf(REQUESTS), ...dice.oneOf(MANY)((make) => Array.from({ length: count }, (_, at) => make(at))) };
}

/** A chat request with something wrong in it, mostly. Choices are few, as each is a call. */
export function anyRequest(dice: Dice): unknown {
  const kind = dice.oneOf([oneOfEach, oneOfEach, oneOfEach, withSchemas, withSchemas, ofMany]);
  const base = { ...kind(dice), ...(dice.chance(0.4) && { stream: true }) };
  const request = dice.chance(0.15) ? base : mutateJson(base, dice);
  const fields = request as { n?: unknown } | null;
  if (typeof fields === 'object' && fields !== null && Number(fields.n) > 2) fields.n = 2;
  return request;
}

/** Its text; now and then no JSON any more. */
export function anyBody(dice: Dice): string {
  const text = JSON.stringify(anyRequest(dice)) ?? '';
  return dice.chance(0.1) ? mutateText(text, dice) : text;
}
