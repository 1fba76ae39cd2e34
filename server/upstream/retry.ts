import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled, type CancelSignal } from '../calls/cancellation.ts';
import { mayHaveBegun, toFailure } from './failure.ts';

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 8000;
/** A longer wish of Claude's is the caller's to wait for: the error goes on with its retry-after. */
const MAX_RETRY_AFTER_MS = 10_000;

export interface RetryOptions {
  maxRetries: number;
  signal: CancelSignal;
  /** Whether Claude may not be asked again where it may have begun. */
  once?: boolean | undefined;
  /** Called before each further try. */
  onRetry?: (attempt: number, delayMs: number) => void;
}

/**
 * Makes a call to Claude again while its failures may pass, with jittered back-off or as `retry-after` says.
 * Rejects with the last failure's public error, or with `cancelled` as soon as the caller leaves.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { maxRetries, signal, once = false, onRetry }: RetryOptions,
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    if (signal.aborted) throw cancelled();
    try {
      return await attempt();
    } catch (thrown) {
      if (signal.aborted) throw cancelled();
      const failure = toFailure(thrown);
      if (once && mayHaveBegun(failure.error)) {
        // Nor is the caller to do so without thinking, as clients do with a 5xx.
        failure.error.headers = { ...failure.error.headers, 'x-should-retry': 'false' };
        throw failure.error;
      }
      const delay = failure.retryAfterMs ?? backOff(tries);
      if (!failure.retryable || tries >= maxRetries || delay > MAX_RETRY_AFTER_MS) throw failure.error;
      onRetry?.(tries + 1, delay);
      await pause(delay, signal);
    }
  }
}

/** Rejects with `cancelled` as soon as the caller leaves. */
async function pause(milliseconds: number, signal: CancelSignal): Promise<void> {
  const left = new AbortController();
  const leave = (): void => left.abort();
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await sleep(milliseconds, undefined, { signal: left.signal });
  } catch {
    throw cancelled();
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

function backOff(tries: number): number {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** tries, MAX_DELAY_MS);
  return delay * (1 - Math.random() / 4);
}
