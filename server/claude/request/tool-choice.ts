import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import { TrestleError } from '../../../shared/error.ts';
import type { ModelRules } from '../models.ts';
import type { Notices } from '../notices.ts';

export interface ClaudeToolChoice {
  tools: Anthropic.Tool[];
  toolChoice: Anthropic.ToolChoice | undefined;
  /** The instruction for Claude where the model can't be forced. */
  instruction: string | undefined;
  /** The choice that Claude can't be forced to; `name` where it is of one tool. */
  emulated?: { field: string; name: string | undefined; single: boolean };
}

/** What is asked for, in one shape for the five spellings of `tool_choice` and the two of `function_call`. */
type Asked = { mode: 'auto' | 'none' | 'required' } | { mode: 'named'; name: string };

export interface ToolChoiceOptions {
  rules: ModelRules;
  /** Claude refuses a forced choice together with a thinking budget. */
  budgeted: boolean;
  notices: Notices;
}

/** `tool_choice`, `parallel_tool_calls` and `function_call` as Claude's. Throws a 400 that names the field. */
export function toClaudeToolChoice(
  request: ChatCompletionRequest,
  all: Anthropic.Tool[],
  options: ToolChoiceOptions,
): ClaudeToolChoice {
  const field = request.functions ? 'function_call' : 'tool_choice';
  const { asked, tools } = readChoice(request, all, field);
  if (tools.length === 0) {
    if (asked.mode === 'required' || asked.mode === 'named') {
      throw new TrestleError('invalid_value', `'${field}' is only allowed when tools are specified`, { param: field });
    }
    return { tools, toolChoice: undefined, instruction: undefined };
  }
  if (asked.mode === 'none') return { tools, toolChoice: { type: 'none' }, instruction: undefined };

  // The older `functions` know one call an answer.
  const single = request.parallel_tool_calls === false || Boolean(request.functions);
  const parallel = single ? { disable_parallel_tool_use: true } : {};
  const auto = single ? { type: 'auto' as const, ...parallel } : undefined;
  if (asked.mode === 'auto') return { tools, toolChoice: auto, instruction: undefined };

  if (options.rules.forcedToolChoice && !options.budgeted) {
    const toolChoice = asked.mode === 'named' ? { type: 'tool' as const, name: asked.name } : { type: 'any' as const };
    return { tools, toolChoice: { ...toolChoice, ...parallel }, instruction: undefined };
  }
  const why = options.budgeted
    ? 'Claude can not be forced to call a tool while it thinks'
    : `${options.rules.id} can not be forced to call a tool`;
  options.notices.add(field, 'emulated', `${why}; it was told to, and a notice on the answer says when it did not`);
  const which = asked.mode === 'named' ? `the tool \`${asked.name}\`` : 'at least one of the tools';
  return {
    tools,
    toolChoice: auto,
    instruction: `You must call ${which} in this answer. Do not answer with text instead of a call.`,
    emulated: {
      field,
      name: asked.mode === 'named' ? asked.name : undefined,
      single: single || asked.mode === 'named',
    },
  };
}

/** Whether the answer has to be a call. */
export function forcesCall({ functions, function_call: call, tool_choice: choice }: ChatCompletionRequest): boolean {
  if (functions) return typeof call === 'object' && call !== null;
  if (typeof choice === 'string') return choice === 'required';
  if (!choice) return false;
  return choice.type !== 'allowed_tools' || choice.allowed_tools.mode === 'required';
}

function readChoice(
  request: ChatCompletionRequest,
  all: Anthropic.Tool[],
  field: string,
): { asked: Asked; tools: Anthropic.Tool[] } {
  const names = new Set(all.map((tool) => tool.name));
  const known = (name: string, param: string): string => {
    if (names.has(name)) return name;
    throw new TrestleError('invalid_value', `There is no tool named '${name}'`, { param });
  };
  if (request.functions) {
    const choice = request.function_call ?? 'auto';
    if (typeof choice === 'string') return { asked: { mode: choice }, tools: all };
    return { asked: { mode: 'named', name: known(choice.name, 'function_call.name') }, tools: all };
  }
  const choice = request.tool_choice ?? 'auto';
  if (typeof choice === 'string') return { asked: { mode: choice }, tools: all };
  switch (choice.type) {
    case 'function':
      return { asked: { mode: 'named', name: known(choice.function.name, `${field}.function.name`) }, tools: all };
    case 'custom':
      return { asked: { mode: 'named', name: known(choice.custom.name, `${field}.custom.name`) }, tools: all };
    case 'allowed_tools': {
      const { mode, tools } = choice.allowed_tools;
      const allowed = new Set(
        tools.map((tool, index) => known(nameOf(tool), `${field}.allowed_tools.tools[${index}]`)),
      );
      return { asked: { mode }, tools: all.filter((tool) => allowed.has(tool.name)) };
    }
  }
}

function nameOf(tool: Record<string, unknown>): string {
  const definition = tool[String(tool['type'])];
  const name =
    typeof definition === 'object' && definition !== null && 'name' in definition ? definition.name : tool['name'];
  return typeof name === 'string' ? name : '';
}
