import type { Attempt } from './attempt.ts';
import { toFailure } from './failure.ts';

/**
 * An answer's bytes as they come. Watches the silence between reads, and ends the call with the answer; what breaks it
 * is thrown as the caller's error.
 */
export async function* watchBytes(
  body: AsyncIterator<Buffer, undefined>,
  attempt: Attempt,
  idleTimeoutMs: number,
): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      attempt.watchdog.start(idleTimeoutMs);
      const { done, value } = await body.next();
      attempt.watchdog.stop();
      if (done) {
        attempt.finished = true;
        return;
      }
      yield value;
    }
  } catch (thrown) {
    throw (attempt.timedOut ?? toFailure(thrown)).error;
  } finally {
    attempt.dispose();
  }
}
