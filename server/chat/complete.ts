import type { ChatCompletion } from '../../shared/chat-completion.ts';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';
import type { Call } from '../calls/call.ts';
import { type AnswerPlan, toCustomInput } from '../claude/answer/answer-plan.ts';
import type { FormedInput } from '../claude/answer/call-reader.ts';
import { contentBesideCalls } from '../claude/answer/json-beside-calls.ts';
import { noticeOfStop } from '../claude/answer/stop-reasons.ts';
import { toCompletion } from '../claude/answer/to-completion.ts';
import { sumUsage } from '../claude/answer/usage.ts';
import type { ClaudeMessage } from '../claude/messages-api.ts';
import { jsonOf } from '../claude/raw-json.ts';
import { Costs } from '../ledger/costs.ts';
import { checkAnswers, TEXT_LEFT_OUT } from './answer-check.ts';
import { checkChoice } from './choice-check.ts';
import { runTogether } from './choices.ts';
import { checkGrammars } from './grammar-check.ts';
import { type ChatDependencies, type Prepared, prepareChat } from './prepare.ts';
import { wholeAnswer } from './whole-answer.ts';

/** Throws a 400 for a request that asks for a stream. */
export function checkWhole({ stream }: ChatCompletionRequest): void {
  if (!stream) return;
  throw new TrestleError('invalid_value', 'chat.complete gives whole answers; call chat.stream for a streamed one', {
    param: 'stream',
  });
}

/**
 * A whole answer. Throws, or rejects with, a `TrestleError`. Not an async function: that would keep the request, which
 * may be long, for as long as Claude is waited for.
 */
export function completeChat(
  dependencies: ChatDependencies,
  call: Call,
  request: ChatCompletionRequest,
): Promise<ChatCompletion> {
  return completePrepared(dependencies, call, prepareChat(dependencies, call, request));
}

async function completePrepared(
  dependencies: ChatDependencies,
  call: Call,
  prepared: Prepared,
): Promise<ChatCompletion> {
  const entered = await dependencies.limits.enter(call, prepared.model);
  const costs = new Costs(dependencies);
  try {
    return await completeChoices(dependencies, call, prepared, costs);
  } finally {
    costs.settle(dependencies, call);
    entered?.leave(costs.calls);
  }
}

async function completeChoices(
  dependencies: ChatDependencies,
  call: Call,
  prepared: Prepared,
  costs: Costs,
): Promise<ChatCompletion> {
  const answers = await runTogether(prepared.choices, call.signal, (signal) =>
    wholeAnswer(dependencies, { ...call, signal }, prepared, costs),
  );
  const finished = await Promise.all(answers.map((message) => finish(dependencies, call, prepared, message)));
  const completion = mergeChoices(finished.map((one) => one.completion));
  const broken = await checkAnswers(
    finished.map(({ json }) => json),
    prepared.check,
  );
  if (broken.length > 0) completion.notices = [...(completion.notices ?? []), ...broken];
  costs.priced(completion.usage);
  call.record.model = completion.model;
  if (completion.notices) call.record.notices = completion.notices;
  return completion;
}

/** The completion of one choice, and what of it is to be checked. */
async function finish(
  dependencies: ChatDependencies,
  call: Call,
  prepared: Prepared,
  message: ClaudeMessage,
): Promise<{ completion: ChatCompletion; json: string | null }> {
  const { id, created, seal, plan, notices } = prepared;
  if (seal) await dependencies.memory.keep(call.owner, seal, message.content);
  const completion = toCompletion(message, { id, created }, notices.list(), plan);
  const { message: answered, finish_reason: reason } = completion.choices[0]!;
  const isAnswer = answered.refusal === null && !answered.tool_calls && reason !== 'function_call';
  const isFormatted = plan.besideCalls || plan.outputTool !== undefined;
  const hasCalls = Boolean(answered.tool_calls) || Boolean(answered.function_call);
  if (isFormatted && hasCalls && contentBesideCalls(message.content, plan).leftOut)
    completion.notices = [...(completion.notices ?? []), TEXT_LEFT_OUT];
  const called = message.content.flatMap((block) => (block.type === 'tool_use' ? [block.name ?? ''] : []));
  const unkept = checkChoice(plan, called, { isRefusal: answered.refusal !== null, strict: call.strict });
  const formed = plan.grammars ? await checkGrammars(plan, formedIn(message, plan), call.strict) : [];
  const noted = [unkept, noticeOfStop(message.stop_reason), ...formed].filter((notice) => notice !== undefined);
  if (noted.length > 0) completion.notices = [...(completion.notices ?? []), ...noted];
  return { completion, json: isAnswer ? answered.content : null };
}

/** The inputs of free-form tools, as their caller gets them. */
function formedIn({ content }: ClaudeMessage, { grammars }: AnswerPlan): FormedInput[] {
  return content.flatMap(({ type, name = '', input }) =>
    type === 'tool_use' && grammars?.has(name) ? [{ name, input: toCustomInput(jsonOf(input)) }] : [],
  );
}

/** One completion of all choices; each was a call of its own, so their tokens are added. */
function mergeChoices(completions: readonly ChatCompletion[]): ChatCompletion {
  const [first, ...others] = completions;
  if (others.length === 0) return first!;
  const notices = new Map(
    completions
      .flatMap((completion) => completion.notices ?? [])
      .map((notice) => [notice.param + notice.message, notice]),
  );
  const usage = completions.map((completion) => completion.usage).reduce(sumUsage);
  return {
    ...first!,
    choices: completions.map(({ choices }, index) => ({ ...choices[0]!, index })),
    usage,
    ...(notices.size > 0 && { notices: [...notices.values()] }),
  };
}
