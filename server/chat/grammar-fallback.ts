import type { Call } from '../calls/call.ts';
import type { ClaudeBlock } from '../claude/messages-api.ts';
import type { WrittenRequest } from '../upstream/claude.ts';
import { isGrammarRefusal } from '../upstream/from-claude-error.ts';
import type { PreparedCall } from './prepare.ts';

/**
 * Sends the request with what Claude has said so far, and once more without its grammars where Claude can't make one of
 * them: the caller's schema is none of Claude's to refuse.
 */
export async function sendWithFallback<T>(
  prepared: PreparedCall,
  { record }: Call,
  content: readonly ClaudeBlock[],
  send: (request: WrittenRequest) => Promise<T>,
): Promise<T> {
  const { outgoing, fallback, notices } = prepared;
  try {
    return await send(outgoing.continuedBy(content));
  } catch (thrown) {
    if (fallback === undefined || !isGrammarRefusal(thrown)) throw thrown;
    // Each choice gets here by itself; what is noted twice is told once.
    fallback.note();
    record.notices = notices.list();
    prepared.plan = fallback.plan;
    prepared.seal = undefined;
    return await send(outgoing.changedBy(fallback.change, content));
  } finally {
    outgoing.begun();
  }
}
