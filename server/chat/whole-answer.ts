import type { Call } from '../calls/call.ts';
import { withCalls } from '../claude/answer/grammar-calls.ts';
import { addUsage } from '../claude/answer/usage.ts';
import type { ClaudeMessage } from '../claude/messages-api.ts';
import type { Costs } from '../ledger/costs.ts';
import { PausedAnswer } from './continue-paused.ts';
import { sendWithFallback } from './grammar-fallback.ts';
import type { ChatDependencies, PreparedCall } from './prepare.ts';

/** One whole answer of Claude's, however often it paused on the way. Rejects with a `TrestleError`. */
export async function wholeAnswer(
  dependencies: ChatDependencies,
  call: Call,
  prepared: PreparedCall,
  costs: Costs,
): Promise<ClaudeMessage> {
  const { record } = call;
  const paused = new PausedAnswer(prepared.pauses);
  let earlier: ClaudeMessage | undefined;
  for (;;) {
    const { answer: message, headers } = await sendWithFallback(prepared, call, paused.said, (request) =>
      dependencies.claude.complete(request, call.signal),
    );
    record.firstByteMs ??= performance.now() - record.startedAt;
    record.upstreamHeaders = headers;
    costs.add(message.model, message.usage);
    message.content = withCalls(message.content, prepared.plan.calls);
    const whole: ClaudeMessage = earlier
      ? { ...message, content: [...earlier.content, ...message.content], usage: addUsage(earlier.usage, message.usage) }
      : message;
    if (!paused.goesOn(message.stop_reason, whole.content)) return whole;
    earlier = whole;
  }
}
