import type { ClaudeEvent } from '../claude/messages-api.ts';
import type { Attempt } from './attempt.ts';
import { brokenConnection, fromErrorEvent, toFailure, unreadable } from './failure.ts';

/** Watches the silence between reads, turns `error` events into failures, and ends the call with the stream. */
export async function* watchEvents(
  batches: AsyncGenerator<ClaudeEvent[]>,
  attempt: Attempt,
  idleTimeoutMs: number,
): AsyncGenerator<ClaudeEvent[]> {
  try {
    for (;;) {
      const { done, value } = await batches.next();
      attempt.watchdog.stop();
      if (done) {
        attempt.finished = true;
        return;
      }
      const error = value.find((event) => event.type === 'error');
      if (error !== undefined) {
        const before = value.slice(0, value.indexOf(error));
        if (before.length > 0) yield before;
        throw fromErrorEvent(error);
      }
      yield value;
      attempt.watchdog.start(idleTimeoutMs);
    }
  } catch (thrown) {
    if (attempt.timedOut !== undefined) throw attempt.timedOut;
    throw thrown instanceof SyntaxError ? unreadable(thrown) : toFailure(thrown);
  } finally {
    attempt.dispose();
  }
}

/** Events by which Claude has begun to answer. Unknown ones are none: what fails after them may still be tried again. */
const CONTENT = /^content_block_|^message_(?:delta|stop)$/;

/** The events up to the first content. Throws when there is none. */
export async function readUntilContent(events: AsyncGenerator<ClaudeEvent[]>): Promise<ClaudeEvent[]> {
  const first: ClaudeEvent[] = [];
  for (;;) {
    const { done, value } = await events.next();
    if (done) throw brokenConnection(new Error('the stream ended before its first content event'));
    for (const event of value) first.push(event);
    if (value.some((event) => CONTENT.test(event.type))) return first;
  }
}

/** From here on a failure is final, so it is thrown as the caller's error. */
export async function* resumeEvents(
  first: ClaudeEvent[],
  events: AsyncGenerator<ClaudeEvent[]>,
): AsyncGenerator<ClaudeEvent[]> {
  try {
    yield first;
    yield* events;
  } catch (thrown) {
    throw toFailure(thrown).error;
  } finally {
    await events.return(undefined);
  }
}
