import { isGrammarRefusal } from '../upstream/from-claude-error.ts';
import type { ClaudeRequest } from '../claude/messages-api.ts';
import type { Call } from '../calls/call.ts';
import type { Prepared } from './prepare.ts';

/**
 * Sends the request, and once more without its grammars where Claude can't make one of them: the caller's schema is none
 * of Claude's to refuse. Not for a request that may be sent any number of times.
 */
export async function sendWithFallback<T>(
  prepared: Prepared,
  { record }: Call,
  send: (request: ClaudeRequest) => Promise<T>,
): Promise<T> {
  const { unsent, fallback, notices } = prepared;
  if (fallback === undefined) return unsent.send(send);
  try {
    const sent = await unsent.send(send);
    unsent.skip();
    return sent;
  } catch (thrown) {
    if (!isGrammarRefusal(thrown)) throw thrown;
    // Each choice gets here by itself; what is noted twice is told once.
    fallback.note();
    record.notices = notices.list();
    prepared.plan = fallback.plan;
    prepared.seal = undefined;
    return unsent.send((request) => send(fallback.change(request)));
  }
}
