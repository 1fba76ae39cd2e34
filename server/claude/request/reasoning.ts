import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest, ReasoningEffort, Thinking } from '../../../shared/chat-request.ts';
import { type Effort, EFFORTS, type ModelRules } from '../models.ts';
import type { Notices } from '../notices.ts';

export interface Reasoning {
  thinking: Anthropic.ThinkingConfigParam | { type: 'between_tools' } | undefined;
  effort: Effort | undefined;
  /** Whether Claude will think, asked to or not. */
  thinks: boolean;
  /** The caller wants to see it. */
  wanted: boolean;
}

/** For a door that always gives signed thinking back: whether its text is wanted as well. */
export interface ShownThinking {
  summary: boolean;
}

export interface ReasoningOptions {
  rules: ModelRules;
  maxTokens: number;
  notices: Notices;
  shown?: ShownThinking | undefined;
}

/** Claude's least budget, and its budgets by effort on models that have no effort of their own. */
const MIN_BUDGET = 1024;
/** What a budget of the caller's own leaves to answer with, unless half of max_tokens is less. */
const MIN_ANSWER = 500;
const BUDGETS: Readonly<Record<Effort, number>> = { low: 2048, medium: 8192, high: 16_384, xhigh: 24_576, max: 32_768 };

/** `reasoning_effort`, and Claude's own `thinking`, which wins over it, as what the model takes of them. */
export function toReasoning(request: ChatCompletionRequest, options: ReasoningOptions): Reasoning {
  const { rules, shown } = options;
  const { reasoning_effort: asked, thinking } = request;
  if (!asked && !thinking) return byDefault(rules, shown);
  noteOverruled(asked, thinking, options);
  if (thinking?.type === 'disabled' || thinking?.type === 'between_tools' || (!thinking && asked === 'none')) {
    return withoutThinking(thinking ? 'thinking' : 'reasoning_effort', asked, thinking, options);
  }
  const effort = asked && asked !== 'none' ? toEffort(asked, options) : undefined;
  const text = shown && !shown.summary ? 'omitted' : 'summarized';
  const display = { display: thinking?.display ?? text };
  if (rules.thinking.includes('adaptive') && !(thinking?.type === 'enabled' && rules.thinking.includes('enabled'))) {
    if (thinking?.type === 'enabled') {
      options.notices.add('thinking.type', 'substituted', `${rules.id} takes no budget; adaptive thinking was sent`);
    } else if (thinking?.budget_tokens !== undefined) {
      options.notices.add('thinking.budget_tokens', 'ignored', 'adaptive thinking has no budget');
    }
    return { thinking: { type: 'adaptive', ...display }, effort, thinks: true, wanted: true };
  }
  if (thinking?.type === 'adaptive') {
    options.notices.add('thinking.type', 'substituted', `${rules.id} has no adaptive thinking; a budget was sent`);
  }
  const budget = toBudget(asked, thinking, options);
  if (budget === undefined)
    return { thinking: undefined, effort, thinks: rules.thinksByDefault, wanted: shown !== undefined };
  return { thinking: { type: 'enabled', budget_tokens: budget, ...display }, effort, thinks: true, wanted: true };
}

/** What the model does by itself; its thinking is shown where it thinks. */
function byDefault({ thinksByDefault, thinking }: ModelRules, shown: ShownThinking | undefined): Reasoning {
  const summarizes = shown?.summary === true && thinksByDefault && thinking.includes('adaptive');
  return {
    thinking: summarizes ? { type: 'adaptive', display: 'summarized' } : undefined,
    effort: undefined,
    thinks: thinksByDefault,
    wanted: shown !== undefined,
  };
}

/** The least thinking that the model can be brought to. */
function withoutThinking(
  field: 'thinking' | 'reasoning_effort',
  asked: ReasoningEffort | null | undefined,
  thinking: Thinking | null | undefined,
  { rules, notices, maxTokens }: ReasoningOptions,
): Reasoning {
  const effort = asked && asked !== 'none' ? toEffort(asked, { rules, notices, maxTokens }) : undefined;
  const withTools = rules.thinking.includes('between_tools');
  if (rules.thinking.includes('disabled') || withTools) {
    const type = withTools ? 'between_tools' : 'disabled';
    if (withTools && thinking?.type !== 'between_tools') {
      notices.add(field, 'clamped', `${rules.id} can't be kept from thinking between tool calls`);
    } else if (!withTools && thinking?.type === 'between_tools') {
      notices.add(field, 'substituted', `${rules.id} does not think between tool calls alone; thinking was turned off`);
    }
    const highest = lower(effort, rules.effortWithoutThinking);
    if (highest !== effort)
      notices.add('reasoning_effort', 'clamped', `${rules.id} without thinking goes up to '${highest}'`);
    return { thinking: { type }, effort: highest, thinks: withTools, wanted: false };
  }
  const why = `${rules.id} always thinks; its lowest effort was sent`;
  notices.add(field, 'clamped', why);
  if (effort !== undefined && effort !== 'low') notices.add('reasoning_effort', 'clamped', why);
  return { thinking: undefined, effort: rules.efforts.length > 0 ? 'low' : undefined, thinks: true, wanted: false };
}

/** The model's own effort for the one asked for; undefined on models that have none. */
function toEffort(asked: Exclude<ReasoningEffort, 'none'>, { rules, notices }: ReasoningOptions): Effort | undefined {
  const wished: Effort = asked === 'minimal' ? 'low' : asked;
  if (rules.efforts.length === 0) return undefined;
  const effort = rules.efforts.includes(wished)
    ? wished
    : (rules.efforts.find((known) => rank(known) > rank(wished)) ?? rules.efforts.at(-1)!);
  if (effort !== asked)
    notices.add('reasoning_effort', 'clamped', `${rules.id} has no effort '${asked}'; '${effort}' was sent`);
  return effort;
}

/** A budget that leaves room for the answer; undefined when there is no room to think at all. */
function toBudget(
  asked: ReasoningEffort | null | undefined,
  thinking: Thinking | null | undefined,
  { maxTokens, notices, rules }: ReasoningOptions,
): number | undefined {
  const own = thinking?.budget_tokens;
  const level: Effort = !asked || asked === 'none' ? 'medium' : asked === 'minimal' ? 'low' : asked;
  // Whether the budget is what becomes of the effort.
  const speaks = asked !== undefined && asked !== null && asked !== 'none';
  const byEffort = speaks && own === undefined && (!thinking || rules.efforts.length === 0);
  const wished = own ?? BUDGETS[level];
  // Half of the tokens at least are left for what the caller will read.
  const most = Math.floor(maxTokens / 2);
  if (maxTokens <= MIN_BUDGET) {
    const why = `max_tokens leaves ${rules.id} no room to think: it needs more than ${MIN_BUDGET}`;
    if (thinking) notices.add('thinking', 'ignored', why);
    if (byEffort) notices.add('reasoning_effort', 'ignored', why);
    return undefined;
  }
  const budget = Math.max(MIN_BUDGET, Math.min(wished, own ? Math.max(most, maxTokens - MIN_ANSWER) : most));
  const field = byEffort ? 'reasoning_effort' : 'thinking.budget_tokens';
  if (budget !== wished && (byEffort || own !== undefined))
    notices.add(field, 'clamped', `a thinking budget of ${budget} tokens was sent to fit max_tokens`);
  else if (byEffort && rules.efforts.length === 0)
    notices.add(field, 'emulated', `${rules.id} has no effort; a thinking budget of ${budget} tokens was sent`);
  return budget;
}

/** An effort that says nothing beside the `thinking` of the same request. */
function noteOverruled(
  asked: ReasoningEffort | null | undefined,
  thinking: Thinking | null | undefined,
  { rules, notices }: ReasoningOptions,
): void {
  if (!asked || !thinking) return;
  const thinks = thinking.type === 'enabled' || thinking.type === 'adaptive';
  const saysBudget = rules.efforts.length === 0 && thinks && thinking.budget_tokens === undefined;
  if (asked === 'none' ? thinks : rules.efforts.length === 0 && !saysBudget)
    notices.add('reasoning_effort', 'ignored', "'thinking' of the same request wins over it");
}

function lower(effort: Effort | undefined, limit: Effort): Effort | undefined {
  return effort !== undefined && rank(effort) > rank(limit) ? limit : effort;
}

function rank(effort: Effort): number {
  return EFFORTS.indexOf(effort);
}
