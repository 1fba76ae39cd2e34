import { describe, expect, test } from 'vitest';
import { DATED_IDS, MODELS } from '../../../server/claude/models.ts';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import type { CustomTool } from '../../../shared/tool.ts';
import { refusalOf } from '../../support/claude-rules.ts';
import { claudeRequestOf, type TranslatedRequest } from '../../support/translated.ts';

/** One cell: what was asked, and which of the fields under test were not sent as asked. */
type Deviations = (sent: TranslatedRequest, asked: ChatCompletionRequest) => string[];

const IDS = [...MODELS.map(({ id }) => id), ...Object.keys(DATED_IDS)];
const question = { role: 'user' as const, content: 'What is the weather in Oslo?' };
const history = [
  question,
  {
    role: 'assistant' as const,
    content: null,
    tool_calls: [{ id: 'call:1.a', type: 'function' as const, function: { name: 'look', arguments: '{"at":"Oslo"}' } }],
  },
  { role: 'tool' as const, tool_call_id: 'call:1.a', content: '7 degrees' },
];
const tool = (name: string) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: { at: { type: 'string' } }, required: ['at'] } },
});
const tools = [tool('look'), tool('ask')];

/** What is wrong with the cells: what Claude refuses, and notices that are missing or without a reason. */
function faultsOf(cells: Iterable<ChatCompletionRequest>, deviations: Deviations): string[] {
  const faults: string[] = [];
  for (const asked of cells) {
    const { model: _model, messages, tools: given, ...fields } = asked;
    const cell = `${JSON.stringify(fields)} ${given ? 'tools' : 'bare'} ${messages.length > 1 ? 'history' : ''}`;
    const sent = claudeRequestOf(asked);
    const refusal = refusalOf(sent.body, sent.version);
    if (refusal !== null) faults.push(`${cell}: ${refusal.message}`);
    // Of `thinking`, a notice may name the part that was not sent.
    const noted = [...new Set(sent.notices.map(({ param }) => param.replace(/^thinking\..*/, 'thinking')))]
      .sort()
      .join();
    const deviating = deviations(sent, asked).sort().join();
    if (noted !== deviating) faults.push(`${cell}: notices for [${noted}], deviations in [${deviating}]`);
  }
  return faults;
}

/** `tool_choice` as Claude will act on it, in OpenAI's terms. */
function choiceSent({ body }: TranslatedRequest): string {
  const choice = body.tool_choice;
  if (choice?.type === 'tool') return `the tool ${choice.name}`;
  return { auto: 'auto', any: 'required', none: 'none' }[choice?.type ?? 'auto'];
}

function choiceAsked({ tool_choice: choice }: ChatCompletionRequest): string {
  if (!choice) return 'auto';
  if (typeof choice === 'string') return choice;
  switch (choice.type) {
    case 'function':
      return `the tool ${choice.function.name}`;
    case 'custom':
      return `the tool ${choice.custom.name}`;
    case 'allowed_tools':
      return choice.allowed_tools.mode;
  }
}

function allowedNames({ tool_choice: choice }: ChatCompletionRequest): string[] {
  const all = tools.map(({ function: { name } }) => name);
  return typeof choice === 'object' && choice?.type === 'allowed_tools' ? ['ask'] : all;
}

const toolDeviations: Deviations = (sent, asked) => {
  const { body } = sent;
  const choice = body.tool_choice;
  // A choice of none makes no calls, and so none in parallel.
  const held = body.output_config?.format?.schema['properties'];
  // Where a grammar makes sure of the call, a list of them is one that is named so.
  const serial = held
    ? !Object.keys(held).includes('calls')
    : choice?.type !== 'none' && choice?.disable_parallel_tool_use;
  const isNamed = choiceAsked(asked).startsWith('the tool') && held !== undefined;
  const wantsSerial = isNamed || (asked.parallel_tool_calls === false && choiceAsked(asked) !== 'none');
  const names = (body.tools ?? []).map((one) => ('name' in one ? one.name : ''));
  return [
    ...(choiceSent(sent) === choiceAsked(asked) ? [] : ['tool_choice']),
    ...((serial ?? false) === wantsSerial ? [] : ['parallel_tool_calls']),
    ...(names.join() === allowedNames(asked).join() ? [] : ['tools']),
  ];
};

function* toolCells(model: string): Generator<ChatCompletionRequest> {
  const allowed = { tools: [{ type: 'function', function: { name: 'ask' } }] };
  const choices: ChatCompletionRequest['tool_choice'][] = [
    undefined,
    'auto',
    'none',
    'required',
    { type: 'function', function: { name: 'ask' } },
    { type: 'allowed_tools', allowed_tools: { mode: 'auto', ...allowed } },
    { type: 'allowed_tools', allowed_tools: { mode: 'required', ...allowed } },
  ];
  for (const choice of choices) {
    for (const parallel of [undefined, true, false]) {
      for (const messages of [[question], history]) {
        yield { model, messages, tools, tool_choice: choice, parallel_tool_calls: parallel };
      }
    }
  }
}

/** The budgets that stand for an effort on models without adaptive thinking, when max_tokens leaves room for them. */
const BUDGETS = { minimal: 2048, low: 2048, medium: 8192, high: 16_384, xhigh: 24_576, max: 32_768 };

/** Whether Claude will think as hard as it was asked to, no more and no less. */
function thinksAsAsked(sent: TranslatedRequest, asked: ChatCompletionRequest): boolean {
  const { thinking, output_config: output } = sent.body;
  const { reasoning_effort: effort, model } = asked;
  const rules = MODELS.find(({ id }) => id === (DATED_IDS[model] ?? model))!;
  if (!effort) return thinking === undefined && output?.effort === undefined;
  if (effort === 'none') {
    return thinking === undefined ? !rules.thinksByDefault : thinking.type === 'disabled';
  }
  if (output?.effort !== effort) return false;
  if (thinking?.type === 'enabled') return thinking.budget_tokens === BUDGETS[effort];
  return thinking?.type === 'adaptive';
}

const reasoningDeviations: Deviations = (sent, asked) => [
  ...(thinksAsAsked(sent, asked) ? [] : ['reasoning_effort']),
  ...(asked.max_tokens === undefined || sent.body.max_tokens === asked.max_tokens ? [] : ['max_tokens']),
  ...(!asked.tools || choiceSent(sent) === choiceAsked(asked) ? [] : ['tool_choice']),
];

const EFFORTS = [undefined, 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

function* reasoningCells(model: string): Generator<ChatCompletionRequest> {
  for (const effort of EFFORTS) {
    for (const maxTokens of [500, 1024, 1025, 4000, undefined]) {
      for (const messages of [[question], history]) {
        for (const used of [{}, { tools }, { tools, tool_choice: 'required' as const }]) {
          yield { model, messages, ...used, reasoning_effort: effort, max_tokens: maxTokens };
        }
      }
    }
  }
}

const closed = (properties: Record<string, unknown>, extra: object = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...extra,
});
const SCHEMAS: Record<string, Record<string, unknown>> = {
  simple: closed({ city: { type: 'string' }, kind: { enum: ['sea', 'hills'] }, at: { type: ['string', 'null'] } }),
  described: closed({
    city: { type: 'string', minLength: 2, pattern: '^[A-Z].*(?<!x)$' },
    nights: { type: 'integer', minimum: 1, maximum: 30 },
    stops: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 5, uniqueItems: true },
  }),
  map: { type: 'object', additionalProperties: { type: 'integer' } },
  recursive: {
    ...closed({ root: { $ref: '#/$defs/node' } }),
    $defs: { node: closed({ name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } }) },
  },
};

/** Whether Claude may call what the caller asked it to, and nothing else; an answer may come through a tool of ours. */
function callsAsAsked({ body }: TranslatedRequest, asked: ChatCompletionRequest): boolean {
  const { tool_choice: choice } = body;
  const callable = choice?.type === 'none' ? [] : (body.tools ?? []).map((one) => ('name' in one ? one.name : ''));
  const named = choice?.type === 'tool' ? [choice.name] : callable;
  const ours = named.filter((name) => !allowedNames(asked).includes(name));
  switch (choiceAsked(asked)) {
    case 'none':
      return ours.length === named.length;
    case 'required':
      return choice?.type === 'any' && ours.length === 0;
    default:
      return !asked.tools || ours.length < named.length;
  }
}

const formatDeviations: Deviations = (sent, asked) => {
  const wanted = asked.response_format?.type === 'json_schema' ? asked.response_format.json_schema.schema : undefined;
  const held = sent.body.output_config?.format?.schema;
  return [
    ...(held !== undefined && JSON.stringify(held) === JSON.stringify(wanted) ? [] : ['response_format']),
    ...(thinksAsAsked(sent, asked) ? [] : ['reasoning_effort']),
    ...(callsAsAsked(sent, asked) ? [] : ['tool_choice']),
  ];
};

function* formatCells(model: string): Generator<ChatCompletionRequest> {
  const formats: ChatCompletionRequest['response_format'][] = [
    { type: 'json_object' },
    ...Object.entries(SCHEMAS).map(([name, schema]) => ({
      type: 'json_schema' as const,
      json_schema: { name, schema, strict: true },
    })),
  ];
  for (const format of formats) {
    for (const effort of [undefined, 'none', 'high'] as const) {
      for (const messages of [[question], history]) {
        for (const used of [
          {},
          { tools },
          { tools, tool_choice: 'none' as const },
          { tools, tool_choice: 'required' as const },
        ]) {
          yield { model, messages, ...used, response_format: format, reasoning_effort: effort };
        }
      }
    }
  }
}

const free = (format?: object) => ({ type: 'custom' as const, custom: { name: 'ask', format } }) as CustomTool;
const grammar = { type: 'grammar', grammar: { syntax: 'regex', definition: '^a+$' } };
const customHistory = [
  question,
  {
    role: 'assistant' as const,
    content: null,
    tool_calls: [{ id: 'call_1', type: 'custom' as const, custom: { name: 'ask', input: 'Oslo?' } }],
  },
  { role: 'tool' as const, tool_call_id: 'call_1', content: '7 degrees' },
];

const customDeviations: Deviations = (sent, asked) => [
  ...toolDeviations(sent, asked),
  ...(asked.tools?.some((one) => one.type === 'custom' && one.custom.format?.type === 'grammar')
    ? ['tools[1].custom.format']
    : []),
];

function* customToolCells(model: string): Generator<ChatCompletionRequest> {
  const reference = { type: 'custom' as const, custom: { name: 'ask' } };
  const choices: ChatCompletionRequest['tool_choice'][] = [
    undefined,
    'none',
    'required',
    reference,
    { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [reference] } },
  ];
  for (const custom of [free(), free({ type: 'text' }), free(grammar)]) {
    for (const choice of choices) {
      for (const parallel of [undefined, false]) {
        for (const messages of [[question], history, customHistory]) {
          const used = { tools: [tool('look'), custom], tool_choice: choice, parallel_tool_calls: parallel };
          yield { model, messages, ...used };
        }
      }
    }
  }
}

/** Whether Claude's own `thinking` was sent as it was asked for; a `display` is filled in where none was. */
function sendsThinking({ body: { thinking: sent } }: TranslatedRequest, { thinking: asked }: ChatCompletionRequest) {
  if (sent?.type !== asked?.type) return false;
  const budget = sent?.type === 'enabled' ? sent.budget_tokens : undefined;
  return asked?.budget_tokens === undefined || asked.budget_tokens === budget;
}

const thinkingDeviations: Deviations = (sent, asked) => {
  const effort = asked.reasoning_effort;
  const thinks = asked.thinking?.type === 'enabled' || asked.thinking?.type === 'adaptive';
  const keepsEffort = effort === 'none' ? !thinks : effort === undefined || sent.body.output_config?.effort === effort;
  return [
    ...(sendsThinking(sent, asked) ? [] : ['thinking']),
    ...(keepsEffort ? [] : ['reasoning_effort']),
    ...(!asked.tools || choiceSent(sent) === choiceAsked(asked) ? [] : ['tool_choice']),
  ];
};

function* thinkingCells(model: string): Generator<ChatCompletionRequest> {
  const wishes: ChatCompletionRequest['thinking'][] = [
    { type: 'disabled' },
    { type: 'between_tools' },
    { type: 'adaptive' },
    { type: 'adaptive', display: 'omitted' },
    { type: 'adaptive', budget_tokens: 2000 },
    { type: 'enabled' },
    { type: 'enabled', budget_tokens: 1024 },
    { type: 'enabled', budget_tokens: 100, display: 'summarized' },
    { type: 'enabled', budget_tokens: 200_000 },
  ];
  for (const thinking of wishes) {
    for (const effort of [undefined, 'none', 'high'] as const) {
      for (const maxTokens of [500, 4000, undefined]) {
        for (const messages of [[question], history]) {
          for (const used of [{}, { tools }, { tools, tool_choice: 'required' as const }]) {
            yield { model, messages, ...used, thinking, reasoning_effort: effort, max_tokens: maxTokens };
          }
        }
      }
    }
  }
}

describe.each(IDS)('on %s Claude takes, and every deviation is noted for', (model) => {
  test('each tool_choice with each parallel_tool_calls', () => {
    expect(faultsOf(toolCells(model), toolDeviations)).toEqual([]);
  });

  test('each reasoning_effort with little and much room, with tools and without', () => {
    expect(faultsOf(reasoningCells(model), reasoningDeviations)).toEqual([]);
  });

  test('custom tools, free and with a grammar, with each tool_choice', () => {
    expect(faultsOf(customToolCells(model), customDeviations)).toEqual([]);
  });

  test("Claude's own thinking, with and without an effort, with little and much room", () => {
    expect(faultsOf(thinkingCells(model), thinkingDeviations)).toEqual([]);
  });

  test('each kind of JSON Schema and json_object', () => {
    expect(faultsOf(formatCells(model), formatDeviations)).toEqual([]);
  });
});
