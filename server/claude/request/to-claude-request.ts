import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import type { AnswerPlan } from '../answer/answer-plan.ts';
import { append } from '../append.ts';
import type { ClaudeRequest } from '../messages-api.ts';
import { heldToCalls } from './call-grammar.ts';
import { setCacheMarks } from '../content/cache-marks.ts';
import type { Notices } from '../notices.ts';
import { type OutputFormat, toOutputFormat } from './output-format.ts';
import { checkParameters } from '../parameters.ts';
import type { SentNames } from '../schema/property-names.ts';
import { type Reasoning, toReasoning } from './reasoning.ts';
import type { ResolvedModel } from '../resolve-model.ts';
import { type Seal, ThinkingSeal } from '../thinking/thinking-seal.ts';
import { detailsOf, type Remembered, restoreThinking } from '../thinking/restore-thinking.ts';
import { noteThinking } from '../thinking/thinking-notices.ts';
import { toClaudeSampling } from './sampling.ts';
import {
  checkCacheOptions,
  toMaxTokens,
  toServiceTier,
  toStopSequences,
  toUserId,
  toVerbosity,
} from './simple-parameters.ts';
import { StrictBudget } from './strict-budget.ts';
import { toClaudeMessages } from './to-claude-messages.ts';
import { toClaudeTools } from './to-claude-tools.ts';
import { forcesCall, toClaudeToolChoice } from './tool-choice.ts';
import { type Fallback, toFallback } from './without-grammar.ts';
import { besideSearch, toWebSearch } from './web-search.ts';

export interface TranslationOptions {
  model: ResolvedModel;
  notices: Notices;
  /** Mark the stable prefix for Claude's cache. */
  promptCaching: boolean;
  /** The answer that made a tool call, when it is still kept. */
  recall: (toolCallId: string) => Remembered | undefined;
}

export interface Translation {
  request: ClaudeRequest;
  plan: AnswerPlan;
  /** The JSON Schema that the finished answer is checked against. */
  check: unknown;
  /** What the answer's thinking is bound to; undefined when nothing of it need be kept. */
  seal: Seal | undefined;
  /** The same without grammars, where there are any. */
  fallback: Fallback | undefined;
  /** Claude may pause in the middle of its own searches, and wants to be sent on. */
  pauses: boolean;
}

/**
 * Claude's request for an OpenAI request, and how its answer is to be turned back. What can't be sent
 * as asked goes into `notices`. Throws a 400 that names the field when it can't be honoured at all.
 */
export function toClaudeRequest(request: ChatCompletionRequest, options: TranslationOptions): Translation {
  const { model, notices, recall } = options;
  const { rules } = model;
  checkParameters(request, notices);
  checkCacheOptions(request, notices);
  const maxTokens = toMaxTokens(request, model, notices);
  const budget = new StrictBudget();
  const wished = toReasoning(request, { rules, maxTokens, notices });
  const budgeted = wished.thinking?.type === 'enabled';
  const canForce = rules.forcedToolChoice && !budgeted;
  // An answer that has to be a call is none in the format.
  const isCall = !canForce && forcesCall(request);
  if (isCall && request.response_format && request.response_format.type !== 'text')
    notices.add('response_format', 'emulated', 'an answer that has to be a call has no content to hold to it');
  const format: OutputFormat = isCall ? { by: 'text' } : toOutputFormat(request, budget, notices);
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
  // Where nothing that stands before it is changed by it, since the next request may not have it.
  const told = rules.systemInMessages ? chosen.instruction : undefined;
  const lasting = [told === undefined ? chosen.instruction : undefined, output.instruction];
  const instructions = [...lasting, toVerbosity(request.verbosity, notices)].filter((text) => text !== undefined);

  const tools = [...output.tools, ...(webSearch ? [webSearch] : [])];
  let systemBefore: readonly Anthropic.TextBlockParam[] = [];
  const seals = new ThinkingSeal(() => ({ system: [...systemBefore, ...toInstructionBlock(instructions)], tools }));
  const { system, messages } = toClaudeMessages(request.messages, {
    rules,
    notices,
    prefill: rules.prefill && !budgeted && format.by !== 'grammar' && !grammar,
    closing: told,
    sentNames: asked.sentNames,
    restore: (message, turn, before, path) => {
      const { details, hasForeign } = detailsOf(message);
      if (hasForeign) notices.add(`${path}.reasoning_details`, 'ignored', 'it is not thinking that this server gave');
      systemBefore = before.system;
      const { blocks, fate } = wished.thinks
        ? restoreThinking(message, turn, details, {
            model: model.id,
            binds: rules.bindsThinking,
            turns: before.turns,
            prefix: () => seals.of(before.turns),
            recall,
            path,
          })
        : { blocks: turn, fate: details.length > 0 ? ('unwanted' as const) : ('none' as const) };
      noteThinking(fate, details.length > 0, path, notices);
      return blocks;
    },
  });
  systemBefore = [...system];
  append(system, toInstructionBlock(instructions));
  declareHistoryTools(tools, output, messages);
  const reasoning = withoutBrokenContinuation(
    wished,
    messages,
    request.thinking ? 'thinking' : 'reasoning_effort',
    notices,
  );

  const sampling = toClaudeSampling(request, rules, { thinks: reasoning.thinks, notices });
  const stop = toStopSequences(request.stop, notices);
  const userId = toUserId(request, notices);
  const serviceTier = toServiceTier(request.service_tier, notices);
  const outputConfig = {
    ...(reasoning.effort !== undefined && { effort: reasoning.effort }),
    ...(format.by === 'grammar' && { format: format.format }),
    ...(grammar && { format: { type: 'json_schema' as const, schema: grammar.schema } }),
  };
  const seal =
    reasoning.thinks && (tools.length > 0 || reasoning.wanted)
      ? {
          model: model.id,
          prefix: rules.bindsThinking ? seals.of(messages) : '',
          ...(rules.bindsThinking && told !== undefined && { told }),
        }
      : undefined;

  const body: Anthropic.MessageCreateParams = {
    model: model.id,
    max_tokens: maxTokens,
    ...(system.length > 0 && { system: system.length === 1 && !system[0]!.cache_control ? system[0]!.text : system }),
    messages,
    ...(tools.length > 0 && { tools }),
    ...(output.toolChoice !== undefined && { tool_choice: output.toolChoice }),
    ...(reasoning.thinking !== undefined && { thinking: reasoning.thinking }),
    ...(Object.keys(outputConfig).length > 0 && { output_config: outputConfig }),
    ...sampling,
    ...(stop.length > 0 && { stop_sequences: stop }),
    ...(userId !== undefined && { metadata: { user_id: userId } }),
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
  };
  setCacheMarks(body, {
    rules,
    automatic: options.promptCaching && request.prompt_cache_options?.mode !== 'explicit',
    notices,
  });

  const plan: AnswerPlan = {
    customTools: asked.customTools,
    legacyFunctions: asked.legacy,
    ...(asked.sentNames.size > 0 && { askedNames: reversed(asked.sentNames) }),
    ...(wanted.emulated && { mustCall: { field: wanted.emulated.field, name: wanted.emulated.name } }),
    ...(grammar && { calls: grammar.calls }),
    ...(format.by !== 'text' && chosen.tools.length > 0 && { besideCalls: true }),
    outputTool: format.by === 'tool' ? format.tool.name : undefined,
    jsonText: format.by === 'instruction' || format.by === 'tool',
    cites: webSearch !== undefined,
    reasoningSeal: reasoning.wanted ? seal : undefined,
  };
  return {
    request: { version: Object.keys(sampling).length > 0 ? '2023-06-01' : '2026-10-21', body },
    plan,
    fallback: toFallback(body, plan, { format, wanted }, notices),
    check: format.by === 'text' ? undefined : format.check,
    seal,
    pauses: webSearch !== undefined,
  };
}

function reversed(sentNames: ReadonlyMap<string, SentNames>): Map<string, Map<string, string>> {
  return new Map(
    Array.from(sentNames, ([tool, names]) => [tool, new Map(Array.from(names, ([asked, sent]) => [sent, asked]))]),
  );
}

interface ChosenTools {
  tools: Anthropic.ToolUnion[];
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

/** Claude refuses calls in the history of a request that declares no tools; it gets their names, and may call none. */
function declareHistoryTools(
  tools: Anthropic.ToolUnion[],
  output: ChosenTools,
  messages: readonly Anthropic.MessageParam[],
): void {
  if (tools.length > 0) return;
  const names = new Set(
    messages.flatMap(({ content }) =>
      Array.isArray(content) ? content.flatMap((block) => (block.type === 'tool_use' ? [block.name] : [])) : [],
    ),
  );
  for (const name of names) tools.push({ name, input_schema: { type: 'object', properties: {} } });
  if (names.size > 0) output.toolChoice = { type: 'none' };
}

/** With a thinking budget Claude refuses to go on from a tool's result unless the call's own thinking stands before it. */
function withoutBrokenContinuation(
  reasoning: Reasoning,
  messages: readonly Anthropic.MessageParam[],
  field: 'thinking' | 'reasoning_effort',
  notices: Notices,
): Reasoning {
  if (reasoning.thinking?.type !== 'enabled') return reasoning;
  const last = messages.findLast((turn) => turn.role === 'assistant');
  const blocks = Array.isArray(last?.content) ? last.content : [];
  const continues = blocks.some((block) => block.type === 'tool_use') && isToolResult(messages.at(-1));
  if (!continues || blocks[0]?.type === 'thinking' || blocks[0]?.type === 'redacted_thinking') return reasoning;
  for (const param of [field, 'thinking.type', 'thinking.budget_tokens']) notices.retract(param);
  notices.add(
    field,
    'ignored',
    "Claude can't think on from a tool's result without the thinking of its call, which is no longer kept",
  );
  return { ...reasoning, thinking: undefined, thinks: false, wanted: false };
}

function isToolResult(turn: Anthropic.MessageParam | undefined): boolean {
  return Array.isArray(turn?.content) && turn.content.some((block) => block.type === 'tool_result');
}

function toInstructionBlock(instructions: readonly string[]): Anthropic.TextBlockParam[] {
  return instructions.length === 0 ? [] : [{ type: 'text', text: instructions.join('\n') }];
}
