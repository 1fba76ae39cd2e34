import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import type { AnswerPlan } from '../answer/answer-plan.ts';
import { setCacheMarks } from '../content/cache-marks.ts';
import type { ClaudeRequest } from '../messages-api.ts';
import type { Notices } from '../notices.ts';
import { checkParameters } from '../parameters.ts';
import type { ResolvedModel } from '../resolve-model.ts';
import type { SentNames } from '../schema/property-names.ts';
import { detailsOf, type Remembered, restoreThinking } from '../thinking/restore-thinking.ts';
import { noteThinking } from '../thinking/thinking-notices.ts';
import { type Seal, ThinkingSeal } from '../thinking/thinking-seal.ts';
import { type AnswerForm, toAnswerForm } from './answer-form.ts';
import { withoutBrokenContinuation } from './broken-continuation.ts';
import { type Reasoning, type ShownThinking, toReasoning } from './reasoning.ts';
import { toClaudeSampling } from './sampling.ts';
import { checkCacheOptions, toMaxTokens, toServiceTier, toStopSequences, toUserId } from './simple-parameters.ts';
import { toClaudeMessages } from './to-claude-messages.ts';
import { type Fallback, toFallback } from './without-grammar.ts';

export interface TranslationOptions {
  model: ResolvedModel;
  notices: Notices;
  /** Mark the stable prefix for Claude's cache. */
  promptCaching: boolean;
  /** The answer that made a tool call, when it is still kept. */
  recall: (toolCallId: string) => Remembered | undefined;
  /** Set for a door that gives signed thinking back whether or not it was asked for. */
  shown?: ShownThinking | undefined;
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
  const { model, notices } = options;
  const { rules } = model;
  checkParameters(request, notices);
  checkCacheOptions(request, notices);
  const maxTokens = toMaxTokens(request, model, notices);
  const wished = toReasoning(request, { rules, maxTokens, notices, shown: options.shown });
  const form = toAnswerForm(request, { rules, budgeted: wished.thinking?.type === 'enabled', notices });
  const { system, messages, sealOf } = toTurns(request, { ...options, form, wished });
  const reasoning = withoutBrokenContinuation(wished, messages, request, notices);
  const sampling = toClaudeSampling(request, rules, { thinks: reasoning.thinks, notices });
  const body = toBody(request, { model, maxTokens, form, reasoning, sampling, system, messages, notices });
  setCacheMarks(body, {
    rules,
    automatic: options.promptCaching && request.prompt_cache_options?.mode !== 'explicit',
    notices,
  });
  const keepsThinking = reasoning.thinks && (form.tools.length > 0 || reasoning.wanted);
  const seal = keepsThinking ? sealOf(messages) : undefined;
  const plan = toAnswerPlan(form, reasoning.wanted ? seal : undefined);
  return {
    request: { version: Object.keys(sampling).length > 0 ? '2023-06-01' : '2026-10-21', body },
    plan,
    fallback: toFallback(body, plan, form, notices),
    check: form.format.by === 'text' ? undefined : form.format.check,
    seal,
    pauses: form.searches,
  };
}

interface Turns {
  system: readonly Anthropic.TextBlockParam[];
  messages: Anthropic.MessageParam[];
  /** What an answer to these turns binds its thinking to. */
  sealOf: (turns: readonly Anthropic.MessageParam[]) => Seal;
}

/** The conversation, with signed thinking put back where it still stands behind what it is bound to. */
function toTurns(
  request: ChatCompletionRequest,
  { model, notices, recall, form, wished }: TranslationOptions & { form: AnswerForm; wished: Reasoning },
): Turns {
  const { rules } = model;
  const { tools, closing } = form;
  const instructions = toInstructionBlock(form.instructions);
  let systemBefore: readonly Anthropic.TextBlockParam[] = [];
  const seals = new ThinkingSeal(() => ({ system: [...systemBefore, ...instructions], tools }));
  const { system, messages } = toClaudeMessages(request.messages, {
    rules,
    notices,
    prefill: rules.prefill && wished.thinking?.type !== 'enabled' && form.format.by !== 'grammar' && !form.grammar,
    closing,
    sentNames: form.asked.sentNames,
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
  systemBefore = system;
  return {
    system: [...system, ...instructions],
    messages,
    sealOf: (turns) => ({
      model: model.id,
      prefix: rules.bindsThinking ? seals.of(turns) : '',
      ...(rules.bindsThinking && closing !== undefined && { told: closing }),
    }),
  };
}

interface BodyParts extends Pick<TranslationOptions, 'model' | 'notices'>, Pick<Turns, 'system' | 'messages'> {
  maxTokens: number;
  form: AnswerForm;
  reasoning: Reasoning;
  sampling: object;
}

function toBody(request: ChatCompletionRequest, parts: BodyParts): Anthropic.MessageCreateParams {
  const { model, maxTokens, form, reasoning, sampling, system, messages, notices } = parts;
  const { tools, toolChoice, format, grammar } = form;
  const stop = toStopSequences(request.stop, notices);
  const userId = toUserId(request, notices);
  const serviceTier = toServiceTier(request.service_tier, notices);
  const outputConfig = {
    ...(reasoning.effort !== undefined && { effort: reasoning.effort }),
    ...(format.by === 'grammar' && { format: format.format }),
    ...(grammar && { format: { type: 'json_schema' as const, schema: grammar.schema } }),
  };
  const [only, ...others] = system;
  return {
    model: model.id,
    max_tokens: maxTokens,
    ...(only && { system: others.length === 0 && !only.cache_control ? only.text : [...system] }),
    messages,
    ...(tools.length > 0 && { tools: [...tools] }),
    ...(toolChoice !== undefined && { tool_choice: toolChoice }),
    ...(reasoning.thinking !== undefined && { thinking: reasoning.thinking }),
    ...(Object.keys(outputConfig).length > 0 && { output_config: outputConfig }),
    ...sampling,
    ...(stop.length > 0 && { stop_sequences: stop }),
    ...(userId !== undefined && { metadata: { user_id: userId } }),
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
  };
}

function toAnswerPlan(
  { asked, wanted, grammar, format, callable, searches }: AnswerForm,
  reasoningSeal: Seal | undefined,
): AnswerPlan {
  return {
    customTools: asked.customTools,
    ...(asked.grammars.size > 0 && { grammars: asked.grammars }),
    legacyFunctions: asked.legacy,
    ...(asked.sentNames.size > 0 && { askedNames: reversed(asked.sentNames) }),
    ...(wanted.emulated && { mustCall: { field: wanted.emulated.field, name: wanted.emulated.name } }),
    ...(grammar && { calls: grammar.calls }),
    ...(format.by !== 'text' && callable.length > 0 && { besideCalls: true }),
    outputTool: format.by === 'tool' ? format.tool.name : undefined,
    jsonText: format.by === 'instruction' || format.by === 'tool',
    cites: searches,
    reasoningSeal,
  };
}

function reversed(sentNames: ReadonlyMap<string, SentNames>): Map<string, Map<string, string>> {
  return new Map(
    Array.from(sentNames, ([tool, names]) => [tool, new Map(Array.from(names, ([asked, sent]) => [sent, asked]))]),
  );
}

function toInstructionBlock(instructions: readonly string[]): Anthropic.TextBlockParam[] {
  return instructions.length === 0 ? [] : [{ type: 'text', text: instructions.join('\n') }];
}
