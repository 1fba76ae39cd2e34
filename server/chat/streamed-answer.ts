import type { Call } from '../calls/call.ts';
import type { AnswerTranslator } from '../claude/answer/answer-translator.ts';
import { StreamedCalls } from '../claude/answer/grammar-calls.ts';
import { append } from '../claude/append.ts';
import { MessageAccumulator } from '../claude/message-accumulator.ts';
import type { ClaudeBlock } from '../claude/messages-api.ts';
import { brokenConnection } from '../upstream/failure.ts';
import { PausedAnswer } from './continue-paused.ts';
import { sendWithFallback } from './grammar-fallback.ts';
import type { ChatDependencies, PreparedCall } from './prepare.ts';

/**
 * One streamed answer of Claude's in a door's own items, up to what closes it. A pause of Claude's is sent on, and the
 * answer goes on with it. Throws a `TrestleError`, also in the middle.
 */
export async function* streamedAnswer<Item>(
  dependencies: ChatDependencies,
  call: Call,
  prepared: PreparedCall,
  translator: AnswerTranslator<Item>,
): AsyncGenerator<Item[]> {
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
      const items: Item[] = [];
      const events = calls ? batch.flatMap((event) => calls.push(event)) : batch;
      for (const event of events) {
        accumulator?.push(event);
        for (const item of translator.push(event)) items.push(item);
      }
      record.model = translator.model;
      if (items.length > 0) yield items;
    }
    if (!translator.complete) throw brokenConnection(new Error('the stream ended without message_stop')).error;
    if (accumulator) append(content, accumulator.take());
    if (!paused.goesOn(translator.stopReason, content)) break;
    translator.resume();
  }
  if (prepared.seal) await dependencies.memory.keep(call.owner, prepared.seal, content);
}
