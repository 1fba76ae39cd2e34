import type Anthropic from '@anthropic-ai/sdk';
import { TrestleError } from '../../../shared/error.ts';
import type { FunctionDefinition } from '../../../shared/tool.ts';
import type { Notices } from '../notices.ts';
import { type ClaudeSchema, toClaudeSchema } from '../schema/claude-schema.ts';
import { isSchemaObject, type Schema } from '../schema/json-schema.ts';
import { namesToSend, type SentNames, withNames } from '../schema/property-names.ts';
import { hasRootChoice, withoutRootChoice } from '../schema/root-choice.ts';
import { noteMended, toValidSchema } from '../schema/valid-schema.ts';
import { noteClosed } from './output-format.ts';
import type { StrictBudget } from './strict-budget.ts';

type InputSchema = Anthropic.Tool.InputSchema;

export interface ToolInput {
  schema: InputSchema;
  strict: boolean;
  /** The names that Claude gets of arguments whose own it refuses. */
  names: SentNames | undefined;
}

/**
 * A function's parameters as Claude's input schema, byte for byte where Claude takes them as they are.
 * A strict one that Claude can't hold to is sent without the guarantee, with a notice. Throws a 400 that names the field.
 */
export function toInputSchema(
  definition: FunctionDefinition,
  path: string,
  budget: StrictBudget,
  notices: Notices,
): ToolInput {
  const param = `${path}.parameters`;
  const asked = toObjectSchema(definition.parameters ?? {}, param, budget, notices);
  const merged = definition.strict && hasRootChoice(asked) ? toStrict(asked, budget) : undefined;
  if (merged?.compiled && budget.take(merged.schema, 'tool')) {
    noteHeld(merged, path, notices);
    return { schema: merged.schema as InputSchema, strict: true, names: undefined };
  }
  const { schema, isPartial } = withoutChoice(asked, param, budget, notices);
  const names = namesToSend(schema);
  const sent = (names ? withNames(schema, names) : schema) as InputSchema;
  if (names) noteNames(names, param, notices);
  if (!definition.strict) return { schema: sent, strict: false, names };

  const compiled: ClaudeSchema = isPartial
    ? { compiled: false, reason: 'not all of the choice at its root can be looked at' }
    : toStrict(sent, budget);
  if (compiled.compiled && budget.take(compiled.schema, 'tool')) {
    noteHeld(compiled, path, notices);
    return { schema: compiled.schema as InputSchema, strict: true, names };
  }
  const reason = compiled.compiled ? 'the request has more strict schemas than Claude compiles' : compiled.reason;
  notices.add(`${path}.strict`, 'ignored', `Claude can't be held to this schema: ${reason}`);
  return { schema: sent, strict: false, names };
}

/** The input of a tool as a grammar holds it. A tool without arguments is closed by saying so. */
export function toStrict(schema: Schema, { work }: StrictBudget): ClaudeSchema {
  const { properties = {}, additionalProperties } = schema;
  const isEmpty = isSchemaObject(properties) && Object.keys(properties).length === 0;
  const saysNothing = isEmpty && additionalProperties === undefined && !hasRootChoice(schema);
  const closed = saysNothing ? { ...schema, properties: {}, additionalProperties: false } : schema;
  return toClaudeSchema(closed, { root: 'object' }, work);
}

function noteHeld(
  { described, closed }: Extract<ClaudeSchema, { compiled: true }>,
  path: string,
  notices: Notices,
): void {
  if (closed) noteClosed(closed, `${path}.parameters`, notices);
  if (described.length === 0) return;
  notices.add(`${path}.strict`, 'emulated', `Claude is told of ${described.join(', ')}, but is not held to it`);
}

function noteNames(names: SentNames, param: string, notices: Notices): void {
  const told = Array.from(names, ([asked, sent]) => `'${asked}' was sent as '${sent}'`).slice(0, 5);
  const more = names.size > told.length ? ` and ${names.size - told.length} more` : '';
  notices.add(
    param,
    'emulated',
    `Claude takes argument names of 1 to 64 letters, digits, '_', '.' and '-': ${told.join(', ')}${more}; calls come back with your names`,
  );
}

/** Claude takes an object at the root, in draft 2020-12. */
function toObjectSchema(
  parameters: Record<string, unknown>,
  param: string,
  { work }: StrictBudget,
  notices: Notices,
): Schema {
  if (Object.keys(parameters).length === 0) return { type: 'object', properties: {} };
  work.admit(parameters, param);
  const mended: string[] = [];
  const schema = toValidSchema(parameters, mended);
  noteMended(mended, param, notices);
  const { type } = schema;
  if (type === 'object') return schema;
  if (type !== undefined && !(Array.isArray(type) && type.includes('object'))) {
    throw new TrestleError('invalid_value', "The parameters of a function must be of type 'object'", { param });
  }
  return { type: 'object', ...schema, ...(type !== undefined && { type: 'object' }) };
}

/** Claude takes no choice of schemas at the root either. */
function withoutChoice(
  schema: Schema,
  param: string,
  { work }: StrictBudget,
  notices: Notices,
): { schema: Schema; isPartial: boolean } {
  if (!hasRootChoice(schema)) return { schema, isPartial: false };
  notices.add(param, 'emulated', 'Claude takes no anyOf, oneOf or allOf at the root; it is told of them');
  return withoutRootChoice(schema, work);
}
