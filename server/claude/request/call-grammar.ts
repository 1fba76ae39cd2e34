import type Anthropic from '@anthropic-ai/sdk';
import type { GrammarCalls } from '../answer/grammar-calls.ts';
import { isSchemaObject, type Schema } from '../schema/json-schema.ts';
import type { StrictBudget } from './strict-budget.ts';
import type { ClaudeToolChoice } from './tool-choice.ts';
import { toStrict } from './tool-schema.ts';

export interface CallGrammar {
  calls: GrammarCalls;
  schema: Schema;
  /** The instruction for Claude. */
  instruction: string;
}

/** A grammar whose every text is a call of one of the tools; undefined where Claude can't make one. */
function toCallGrammar(
  tools: readonly Anthropic.Tool[],
  { single }: { single: boolean },
  budget: StrictBudget,
): CallGrammar | undefined {
  const inputs = tools.map((tool) => inputOf(tool, budget));
  if (!inputs.every((input) => input !== undefined)) return undefined;
  const [only] = tools;
  const grammar = tools.length === 1 && single ? ofOne(only!.name, inputs[0]!) : ofMany(tools, inputs, single);
  return budget.take(grammar.schema, 'format') ? grammar : undefined;
}

function ofOne(name: string, schema: Schema): CallGrammar {
  return {
    calls: { by: 'arguments', name },
    schema,
    instruction: `Call the tool \`${name}\` now: answer with the JSON of its input and nothing else.`,
  };
}

function ofMany(tools: readonly Anthropic.Tool[], inputs: readonly Schema[], single: boolean): CallGrammar {
  const definitions: Record<string, unknown> = {};
  const calls = tools.map(({ name }, index) =>
    closedObject({ name: { type: 'string', const: name }, input: hoisted(inputs[index]!, index, definitions) }),
  );
  const call = calls.length === 1 ? calls[0]! : { anyOf: calls };
  const root = closedObject(single ? { call } : { calls: { type: 'array', minItems: 1, items: call } });
  const names = tools.map(({ name }) => `\`${name}\``).join(', ');
  return {
    calls: { by: 'list' },
    schema: Object.keys(definitions).length > 0 ? { ...root, $defs: definitions } : root,
    instruction: `Call ${single ? 'one' : 'one or more'} of the tools ${names} now: answer with the JSON of ${single ? 'the call' : 'the calls'}, with the name and the input, and nothing else.`,
  };
}

/** Its input as a grammar holds it. */
function inputOf(tool: Anthropic.Tool, budget: StrictBudget): Schema | undefined {
  if (tool.strict) return tool.input_schema;
  const compiled = toStrict(tool.input_schema, budget);
  // An open object would lose the properties that it does not name.
  return compiled.compiled && !compiled.closed ? compiled.schema : undefined;
}

function closedObject(properties: Record<string, unknown>): Schema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

/** The schema of one tool with its definitions among those of all, under names that are not taken. */
function hoisted(schema: Schema, index: number, definitions: Record<string, unknown>): Schema {
  const { $defs, definitions: older, ...rest } = schema;
  const moved = new Map<string, string>();
  for (const [group, named] of [
    ['$defs', $defs],
    ['definitions', older],
  ] as const) {
    for (const name of Object.keys(isSchemaObject(named) ? named : {}))
      moved.set(`#/${group}/${name}`, `#/$defs/${group === '$defs' ? 'd' : 'e'}${index}_${name}`);
  }
  if (moved.size === 0) return schema;
  for (const [from, to] of moved) {
    const [, group = '', name = ''] = from.split('/');
    definitions[to.slice('#/$defs/'.length)] = withReferences((schema[group] as Schema)[name], moved);
  }
  return withReferences(rest, moved) as Schema;
}

function withReferences(value: unknown, moved: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((entry) => withReferences(entry, moved));
  if (!isSchemaObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      key === '$ref' && typeof entry === 'string' ? (moved.get(entry) ?? entry) : withReferences(entry, moved),
    ]),
  );
}

/** A call that Claude can't be forced to is made sure by a grammar, where there is one: then its text is the call. */
export function heldToCalls(
  chosen: ClaudeToolChoice,
  webSearch: object | undefined,
  budget: StrictBudget,
): { chosen: ClaudeToolChoice; grammar: CallGrammar | undefined } {
  const { emulated, tools } = chosen;
  // Claude refuses citations beside a grammar.
  if (emulated === undefined || webSearch) return { chosen, grammar: undefined };
  const callable = emulated.name === undefined ? tools : tools.filter(({ name }) => name === emulated.name);
  const grammar = toCallGrammar(callable, emulated, budget);
  if (!grammar) return { chosen, grammar };
  return { chosen: { tools, toolChoice: { type: 'none' }, instruction: grammar.instruction }, grammar };
}
