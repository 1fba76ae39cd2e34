import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import type { ModelRules } from '../models.ts';
import type { Notices } from '../notices.ts';
import { type CallGrammar, heldToCalls } from './call-grammar.ts';
import { toHistoryTools } from './history-tools.ts';
import { type OutputFormat, toOutputFormat } from './output-format.ts';
import { toVerbosity } from './simple-parameters.ts';
import { StrictBudget } from './strict-budget.ts';
import { type ClaudeTools, toClaudeTools } from './to-claude-tools.ts';
import { type ClaudeToolChoice, forcesCall, toClaudeToolChoice } from './tool-choice.ts';
import { besideSearch, toWebSearch } from './web-search.ts';

/** What Claude is to answer with, and what it is held to. */
export interface AnswerForm {
  /** The caller's tools, as Claude gets them. */
  asked: ClaudeTools;
  /** The choice among them, before a grammar or a web search changes it. */
  wanted: ClaudeToolChoice;
  format: OutputFormat;
  /** Has Claude write its calls as text, where it can't be forced to call. */
  grammar: CallGrammar | undefined;
  /** The choice that is sent is among these, the caller's own. */
  callable: readonly Anthropic.Tool[];
  searches: boolean;
  /** Everything that is declared to Claude. */
  tools: readonly Anthropic.ToolUnion[];
  toolChoice: Anthropic.ToolChoice | undefined;
  /** Instructions for Claude's system prompt. */
  instructions: readonly string[];
  /** An instruction behind the last turn, where it changes nothing that stands before it. */
  closing: string | undefined;
}

export interface FormOptions {
  rules: ModelRules;
  /** Claude thinks with a budget, and can't be forced to call a tool then. */
  budgeted: boolean;
  notices: Notices;
}

/** Throws a 400 that names the field. */
export function toAnswerForm(request: ChatCompletionRequest, { rules, budgeted, notices }: FormOptions): AnswerForm {
  const budget = new StrictBudget();
  const canForce = rules.forcedToolChoice && !budgeted;
  const format = formatOf(request, canForce, budget, notices);
  const asked = toClaudeTools(request, budget, notices);
  const wanted = toClaudeToolChoice(request, asked.tools, { rules, budgeted, notices });
  const webSearch = toWebSearch(request, wanted.tools, notices);
  const { chosen, grammar } = heldToCalls(
    webSearch ? besideSearch(request, wanted, notices) : wanted,
    webSearch,
    budget,
  );
  // A forced call would keep Claude from searching.
  const output = withOutputTool(format, chosen, canForce && !webSearch);
  const declared = [...output.tools, ...(webSearch ? [webSearch] : [])];
  const history = declared.length === 0 ? toHistoryTools(request.messages, notices) : [];
  const closing = rules.systemInMessages ? chosen.instruction : undefined;
  return {
    asked,
    wanted,
    format,
    grammar,
    callable: chosen.tools,
    searches: webSearch !== undefined,
    tools: history.length > 0 ? history : declared,
    toolChoice: history.length > 0 ? { type: 'none' } : output.toolChoice,
    instructions: [
      closing === undefined ? chosen.instruction : undefined,
      output.instruction,
      toVerbosity(request.verbosity, notices),
    ].filter((text) => text !== undefined),
    closing,
  };
}

function formatOf(
  request: ChatCompletionRequest,
  canForce: boolean,
  budget: StrictBudget,
  notices: Notices,
): OutputFormat {
  // An answer that has to be a call is none in the format.
  if (canForce || !forcesCall(request)) return toOutputFormat(request, budget, notices);
  if (request.response_format && request.response_format.type !== 'text')
    notices.add('response_format', 'emulated', 'an answer that has to be a call has no content to hold to it');
  return { by: 'text' };
}

interface ChosenTools {
  tools: readonly Anthropic.ToolUnion[];
  toolChoice: Anthropic.ToolChoice | undefined;
  instruction: string | undefined;
}

/** Adds the tool through which the answer comes, and leads Claude to it: any call is one of the caller's, or the answer. */
function withOutputTool(format: OutputFormat, chosen: ChosenTools, canForce: boolean): ChosenTools {
  const { toolChoice } = chosen;
  // This answer has to be a call of the caller's tools, and so can't be the one in this format.
  if (format.by === 'tool' && (toolChoice?.type === 'any' || toolChoice?.type === 'tool'))
    return { ...chosen, instruction: undefined };
  const instruction = 'instruction' in format ? format.instruction : undefined;
  if (format.by !== 'tool') return { ...chosen, instruction };
  // Where the caller wants no calls, its tools must not stand beside the one that is to be called.
  const callable = toolChoice?.type === 'none' ? [] : chosen.tools;
  const alone = callable.length === 0;
  const tools = [...callable, format.tool];
  if (!canForce) return { tools, toolChoice: alone ? undefined : toolChoice, instruction };
  if (alone) return { tools, toolChoice: { type: 'tool', name: format.tool.name }, instruction };
  return { tools, toolChoice: { ...toolChoice, type: 'any' }, instruction };
}
