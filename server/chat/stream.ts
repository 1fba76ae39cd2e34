import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { Call } from '../calls/call.ts';
import { ChunkTranslator } from '../claude/answer/chunk-translator.ts';
import { StreamedCalls } from '../claude/answer/grammar-calls.ts';
import { noticeOfStop } from '../claude/answer/stop-reasons.ts';
import { sumUsage } from '../claude/answer/usage.ts';
import { append } from '../claude/append.ts';
import { MessageAccumulator } from '../claude/message-accumulator.ts';
import type { ClaudeBlock } from '../claude/messages-api.ts';
import { brokenConnection } from '../upstream/failure.ts';
import { checkAnswers, TEXT_LEFT_OUT } from './answer-check.ts';
import { checkChoice } from './choice-check.ts';
import { interleave } from './choices.ts';
import { PausedAnswer } from './continue-paused.ts';
import { sendWithFallback } from './grammar-fallback.ts';
import type { ChatDependencies, Prepared } from './prepare.ts';

/**
 * A streamed answer, in batches of what arrived together. Nothing is yielded before Claude's first content, so a failure
 * until then has no chunk before it. Throws a `TrestleError`, also in the middle: then what came before is all there is.
 */
export async function* streamChat(
  dependencies: ChatDependencies,
  call: Call,
  prepared: Prepared,
): AsyncGenerator<ChatCompletionChunk[]> {
  const { id, created, model, includeUsage, plan, check, notices } = prepared;
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
    streamChoice(dependencies, { ...call, signal }, prepared, translators[index]!);
  try {
    if (translators.length === 1) yield* streamChoice(dependencies, call, prepared, translators[0]!);
    else yield* interleave(translators.length, call.signal, streamOne);
  } finally {
    // Also of a stream that breaks: its tokens are billed all the same.
    const used = translators.map((translator) => translator.usageSoFar).reduce(sumUsage);
    if (used) {
      call.record.usage = used;
      dependencies.spent({ caller: call.owner, model: translators[0]!.model, usage: used });
    }
  }

  const { usage } = call.record;
  const all = translators.flatMap((translator) => translator.close());
  if (includeUsage) all.push(translators[0]!.usageChunk(usage));
  const told = notices.list();
  for (const translator of translators) {
    if (translator.leftOut && !told.includes(TEXT_LEFT_OUT)) told.push(TEXT_LEFT_OUT);
    const isRefusal = translator.stopReason === 'refusal';
    const unkept = checkChoice(prepared.plan, translator.called, { isRefusal, strict: call.strict });
    for (const notice of [unkept, noticeOfStop(translator.stopReason)])
      if (notice && !told.some(({ message }) => message === notice.message)) told.push(notice);
  }
  told.push(
    ...(await checkAnswers(
      translators.map(({ content }) => content),
      check,
    )),
  );
  call.record.notices = told;
  if (told.length > 0) all.at(-1)!.notices = told;
  yield all;
}

/** One choice, up to what closes it. A pause of Claude's is sent on, and the choice goes on with it. */
async function* streamChoice(
  dependencies: ChatDependencies,
  call: Call,
  prepared: Prepared,
  translator: ChunkTranslator,
): AsyncGenerator<ChatCompletionChunk[]> {
  const { record } = call;
  const paused = new PausedAnswer(prepared.pauses);
  const accumulator = prepared.seal || prepared.pauses ? new MessageAccumulator() : undefined;
  const content: ClaudeBlock[] = [];
  for (;;) {
    const { answer, headers } = await sendWithFallback(prepared, call, paused.said, (request) =>
      dependencies.claude.stream(request, call.signal),
    );
    record.firstByteMs ??= performance.now() - record.startedAt;
    record.upstreamHeaders = headers;
    translator.follow(prepared.plan);
    const calls = prepared.plan.calls && new StreamedCalls(prepared.plan.calls);
    for await (const batch of answer) {
      const chunks: ChatCompletionChunk[] = [];
      const events = calls ? batch.flatMap((event) => calls.push(event)) : batch;
      for (const event of events) {
        accumulator?.push(event);
        for (const chunk of translator.push(event)) chunks.push(chunk);
      }
      record.model = translator.model;
      if (chunks.length > 0) yield chunks;
    }
    if (!translator.complete) throw brokenConnection(new Error('the stream ended without message_stop')).error;
    if (accumulator) append(content, accumulator.take());
    if (!paused.goesOn(translator.stopReason, content)) break;
    translator.resume();
  }
  if (prepared.seal) await dependencies.memory.keep(call.owner, prepared.seal, content);
}
