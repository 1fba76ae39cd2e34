import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import { TrestleError } from '../../../shared/error.ts';
import type { Notices } from '../notices.ts';
import { toClaudeSchema } from '../schema/claude-schema.ts';
import { isSchemaObject } from '../schema/json-schema.ts';
import { toValidSchema } from '../schema/valid-schema.ts';
import type { StrictBudget } from './strict-budget.ts';
import { WEB_SEARCH } from './web-search.ts';

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** How `response_format` is reached. */
export type OutputFormat =
  | { by: 'text' }
  /** Claude is held to the schema. */
  | { by: 'grammar'; format: Anthropic.JSONOutputFormat; check: unknown }
  /** No grammar can hold it: the answer is the input of a tool. */
  | { by: 'tool'; tool: Anthropic.Tool; instruction: string; check: unknown }
  /** An instruction asks for it; without a schema any JSON object will do. */
  | { by: 'instruction'; instruction: string; check: unknown };

const JSON_OBJECT =
  'Answer with one JSON object and nothing else: no text before or after it, and no code fence around it.';

/** `response_format` as Claude can do it. Throws a 400 that names the field. */
export function toOutputFormat(request: ChatCompletionRequest, budget: StrictBudget, notices: Notices): OutputFormat {
  const format = request.response_format;
  if (!format || format.type === 'text') return { by: 'text' };
  const schema = format.type === 'json_schema' ? format.json_schema.schema : undefined;
  if (format.type === 'json_object' || !schema) {
    notices.add('response_format', 'emulated', 'Claude was told to answer with a JSON object');
    return { by: 'instruction', instruction: JSON_OBJECT, check: { type: 'object' } };
  }
  const { name, description } = format.json_schema;
  if (!NAME.test(name)) {
    throw new TrestleError('invalid_value', "Names are 1 to 64 letters, digits, '_' and '-'", {
      param: 'response_format.json_schema.name',
    });
  }
  budget.work.admit(schema, 'response_format.json_schema.schema');
  const compiled = toClaudeSchema(schema, { root: 'object' }, budget.work);
  // Claude cites the pages it found, and refuses citations together with a grammar.
  const cites = Boolean(request.web_search_options);
  const isOpen = compiled.compiled && compiled.closed !== undefined && !format.json_schema.strict;
  if (compiled.compiled && !cites && !isOpen && budget.take(compiled.schema, 'format')) {
    if (compiled.closed) noteClosed(compiled.closed, 'response_format', notices);
    if (compiled.described.length > 0) {
      notices.add(
        'response_format',
        'emulated',
        `Claude was told of ${compiled.described.join(', ')}; a notice on the answer says when it breaks them`,
      );
    }
    const described = description && compiled.schema['description'] === undefined ? { description } : {};
    return {
      by: 'grammar',
      format: { type: 'json_schema', schema: { ...compiled.schema, ...described } },
      check: schema,
    };
  }
  const reason = cites
    ? 'its web search cites pages, which no grammar goes with'
    : isOpen
      ? 'it takes more properties than it names'
      : compiled.compiled
        ? 'the request has more strict schemas than Claude compiles'
        : compiled.reason;
  const tool = emulateByTool(name, description, schema, takenNames(request));
  const how = tool.by === 'tool' ? 'it was given a tool to answer through' : 'it was told of it';
  notices.add('response_format', 'emulated', `Claude can't be held to this schema (${reason}); ${how}`);
  return tool;
}

/** The notice for a schema that Claude is held to although it says that it is open. */
export function noteClosed(closed: readonly string[], param: string, notices: Notices): void {
  const places = closed.slice(0, 5).map((place) => place || 'the root');
  notices.add(
    param,
    'clamped',
    `Claude is held to the properties that are named: none but those at ${places.join(', ')}`,
  );
}

/** The instruction for Claude where nothing holds it to the schema. */
export function instructionFor(schema: unknown): string {
  return `Answer with JSON and nothing else: no text before or after it, and no code fence around it. It must match this JSON Schema: ${JSON.stringify(schema)}`;
}

function emulateByTool(
  asked: string,
  description: string | null | undefined,
  schema: Record<string, unknown>,
  taken: ReadonlySet<string>,
): OutputFormat & { check: unknown } {
  const valid = toValidSchema(schema, []);
  const plain =
    valid['type'] === 'object' && ['anyOf', 'oneOf', 'allOf', '$ref'].every((keyword) => valid[keyword] === undefined);
  if (!plain || !namesFit(valid)) {
    return { by: 'instruction', instruction: instructionFor(schema), check: schema };
  }
  let name = asked;
  for (let count = 2; taken.has(name); count += 1) name = `${asked.slice(0, 60)}_${count}`;
  return {
    by: 'tool',
    tool: {
      name,
      description: `${description ?? 'Gives the final answer.'} Its input is the answer.`,
      input_schema: { ...valid, type: 'object' },
    },
    instruction: `Give your final answer by calling the tool \`${name}\`, and not as text.`,
    check: schema,
  };
}

function namesFit({ properties }: Record<string, unknown>): boolean {
  return !isSchemaObject(properties) || Object.keys(properties).every((key) => /^[a-zA-Z0-9_.-]{1,64}$/.test(key));
}

/** Claude wants a name of its own for every tool, its web search included. */
function takenNames({ tools, functions, web_search_options: webSearch }: ChatCompletionRequest): Set<string> {
  const names = new Set(
    (tools ?? []).map((tool) => (tool.type === 'function' ? tool.function.name : tool.custom.name)),
  );
  for (const { name } of functions ?? []) names.add(name);
  return webSearch ? names.add(WEB_SEARCH) : names;
}
