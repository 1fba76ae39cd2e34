import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { Call } from '../calls/call.ts';
import { ChunkTranslator } from '../claude/answer/chunk-translator.ts';
import { sumUsage } from '../claude/answer/usage.ts';
import { Costs } from '../ledger/costs.ts';
import { noticesOf } from './answer-notices.ts';
import { interleave } from './choices.ts';
import type { ChatDependencies, Prepared } from './prepare.ts';
import { streamedAnswer } from './streamed-answer.ts';

/**
 * A streamed answer, in batches of what arrived together. Nothing is yielded before Claude's first content, so a failure
 * until then has no chunk before it. Throws a `TrestleError`, also in the middle: then what came before is all there is.
 */
export async function* streamChat(
  dependencies: ChatDependencies,
  call: Call,
  prepared: Prepared,
): AsyncGenerator<ChatCompletionChunk[]> {
  const { id, created, model, includeUsage, plan, check } = prepared;
  const translators = Array.from(
    { length: prepared.choices },
    (_, index) =>
      new ChunkTranslator({
        id,
        created,
        model,
        includeUsage,
        index,
        keepContent: check !== undefined,
        plan,
      }),
  );
  const streamOne = (index: number, signal: Call['signal']): AsyncGenerator<ChatCompletionChunk[]> =>
    streamedAnswer(dependencies, { ...call, signal }, prepared, translators[index]!);
  const entered = await dependencies.limits.enter(call, model);
  const costs = new Costs(dependencies);
  try {
    if (translators.length === 1) yield* streamedAnswer(dependencies, call, prepared, translators[0]!);
    else yield* interleave(translators.length, call.signal, streamOne);
  } finally {
    for (const { model: answering, usages } of translators) for (const usage of usages) costs.add(answering, usage);
    costs.settle(dependencies, call);
    entered?.leave(costs.calls);
  }

  const usage = translators.map((translator) => translator.usageSoFar).reduce(sumUsage);
  const all = translators.flatMap((translator) => translator.close());
  if (includeUsage) all.push(translators[0]!.usageChunk(costs.priced(usage)));
  const told = await noticesOf(prepared, translators, call.strict);
  call.record.notices = told;
  if (told.length > 0) all.at(-1)!.notices = told;
  yield all;
}
