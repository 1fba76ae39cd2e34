import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import { TrestleError } from '../../../shared/error.ts';
import type { FunctionDefinition, Tool } from '../../../shared/tool.ts';
import { CUSTOM_INPUT, type InputGrammar } from '../answer/answer-plan.ts';
import { toCacheMark } from '../content/cache-marks.ts';
import type { Notices } from '../notices.ts';
import { mendPattern } from '../schema/mend-pattern.ts';
import type { SentNames } from '../schema/property-names.ts';
import type { StrictBudget } from './strict-budget.ts';
import { toInputSchema } from './tool-schema.ts';

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

export interface ClaudeTools {
  tools: Anthropic.Tool[];
  customTools: Set<string>;
  /** By free-form tool: a grammar that its input can be checked against. */
  grammars: Map<string, InputGrammar>;
  /** By tool: the names that Claude gets for arguments whose own names it refuses. */
  sentNames: Map<string, SentNames>;
  /** The caller used `functions`. */
  legacy: boolean;
}

/** The tools of a request as Claude's, in their order. Throws a 400 that names the tool at fault. */
export function toClaudeTools(request: ChatCompletionRequest, budget: StrictBudget, notices: Notices): ClaudeTools {
  const { tools: asked, functions } = request;
  if (functions && asked && asked.length > 0) {
    throw new TrestleError('invalid_value', "'functions' and 'tools' can't be used together", { param: 'functions' });
  }
  const customTools = new Set<string>();
  const grammars = new Map<string, InputGrammar>();
  const names = new Set<string>();
  const sentNames = new Map<string, SentNames>();
  const toTool = (definition: FunctionDefinition, path: string): Anthropic.Tool => {
    const { schema, strict, names: sent } = toInputSchema(definition, path, budget, notices);
    const { name, description } = definition;
    if (sent) sentNames.set(name, sent);
    return { name, ...(description && { description }), input_schema: schema, ...(strict && { strict }) };
  };
  const claim = (name: string, param: string): string => {
    if (!NAME.test(name)) {
      throw new TrestleError('invalid_value', `Tool names are 1 to 64 letters, digits, '_' and '-'; '${name}' is not`, {
        param,
      });
    }
    if (names.has(name))
      throw new TrestleError('invalid_value', `There is more than one tool named '${name}'`, { param });
    names.add(name);
    return name;
  };

  const tools = functions
    ? functions.map((definition, index) => {
        claim(definition.name, `functions[${index}].name`);
        return toTool(definition, `functions[${index}]`);
      })
    : (asked ?? []).map((tool, index) => {
        const path = `tools[${index}]`;
        if (tool.type === 'function') {
          claim(tool.function.name, `${path}.function.name`);
          return withCacheMark(toTool(tool.function, `${path}.function`), tool);
        }
        customTools.add(claim(tool.custom.name, `${path}.custom.name`));
        const grammar = toGrammar(tool.custom, `${path}.custom.format`, notices);
        if (grammar) grammars.set(tool.custom.name, grammar);
        return withCacheMark(emulateCustomTool(tool.custom), tool);
      });
  return { tools, customTools, grammars, sentNames, legacy: Boolean(functions) };
}

type CustomTool = Extract<Tool, { type: 'custom' }>['custom'];

/** What the input of a free-form tool can be checked against; undefined where it has no grammar, or one of another kind. */
function toGrammar({ format }: CustomTool, field: string, notices: Notices): InputGrammar | undefined {
  if (format?.type !== 'grammar') return undefined;
  const { syntax, definition } = format.grammar;
  const pattern = syntax === 'regex' ? mendPattern(definition) : undefined;
  const isChecked = pattern === undefined ? 'and its input is not checked' : 'its input is checked';
  notices.add(field, 'emulated', `Claude is told of the grammar, but is not held to it; ${isChecked}`);
  return pattern === undefined ? undefined : { pattern: `^(?:${pattern})$`, field };
}

/** Claude has no free-form tools: one whose only input is a string comes closest. */
function emulateCustomTool({ name, description, format }: CustomTool): Anthropic.Tool {
  const lines = description ? [description] : [];
  if (format?.type === 'grammar') {
    const { syntax, definition } = format.grammar;
    lines.push(`The input must match this ${syntax} grammar:\n${definition}`);
  }
  return {
    name,
    ...(lines.length > 0 && { description: lines.join('\n\n') }),
    input_schema: {
      type: 'object',
      properties: { [CUSTOM_INPUT]: { type: 'string', description: 'The whole input, as free text' } },
      required: [CUSTOM_INPUT],
    },
  };
}

/** `cache_control` on a tool is an extension of ours. */
function withCacheMark(claudeTool: Anthropic.Tool, { cache_control: mark }: Tool): Anthropic.Tool {
  return mark ? { ...claudeTool, cache_control: toCacheMark(mark) } : claudeTool;
}
