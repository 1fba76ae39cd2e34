import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import { TrestleError } from '../../../shared/error.ts';
import type { FunctionDefinition, Tool } from '../../../shared/tool.ts';
import { CUSTOM_INPUT } from '../answer/answer-plan.ts';
import { toCacheMark } from '../content/cache-marks.ts';
import type { Notices } from '../notices.ts';
import type { SentNames } from '../schema/property-names.ts';
import type { StrictBudget } from './strict-budget.ts';
import { toInputSchema } from './tool-schema.ts';

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

export interface ClaudeTools {
  tools: Anthropic.Tool[];
  customTools: Set<string>;
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
        return withCacheMark(emulateCustomTool(tool.custom, `${path}.custom`, notices), tool);
      });
  return { tools, customTools, sentNames, legacy: Boolean(functions) };
}

/** Claude has no free-form tools: one whose only input is a string comes closest. */
function emulateCustomTool(
  tool: Extract<Tool, { type: 'custom' }>['custom'],
  path: string,
  notices: Notices,
): Anthropic.Tool {
  const { name, description, format } = tool;
  const lines = description ? [description] : [];
  if (format?.type === 'grammar') {
    const { syntax, definition } = format.grammar;
    lines.push(`The input must match this ${syntax} grammar:\n${definition}`);
    notices.add(`${path}.format`, 'emulated', 'Claude is told of the grammar, but is not held to it');
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
