import { expect, it, vi } from 'vitest';
import { brokenConnection, silentTooLong, UpstreamFailure } from '../../server/upstream/failure.ts';
import { withRetries } from '../../server/upstream/retry.ts';
import { TrestleError } from '../../shared/error.ts';

const slept: number[] = [];
vi.mock(import('node:timers/promises'), async (original) => {
  const real = await original();
  const setTimeout: typeof real.setTimeout = (milliseconds, value, options) => {
    slept.push(milliseconds ?? 0);
    return options?.signal ? real.setTimeout(0, value, options) : real.setTimeout(0, value);
  };
  return { ...real, setTimeout };
});

function busy(retryAfterMs?: number): UpstreamFailure {
  return new UpstreamFailure(new TrestleError('overloaded', 'busy'), { retryable: true, retryAfterMs });
}

async function delaysOf(failure: () => Error, maxRetries: number): Promise<number[]> {
  slept.length = 0;
  const attempt = vi.fn(() => Promise.reject(failure()));
  const { signal } = new AbortController();
  await expect(withRetries(attempt, { maxRetries, signal })).rejects.toBeInstanceOf(TrestleError);
  expect(attempt).toHaveBeenCalledTimes(slept.length + 1);
  return [...slept];
}

it('doubles from half a second to eight, less a quarter at most', async () => {
  const delays = await delaysOf(() => brokenConnection(new Error('reset')), 7);
  expect(delays).toHaveLength(7);
  for (const [index, delay] of delays.entries()) {
    const full = Math.min(500 * 2 ** index, 8000);
    expect(delay).toBeGreaterThanOrEqual(full * 0.75);
    expect(delay).toBeLessThanOrEqual(full);
  }
});

it.each([0, 10, 250, 9999, 10_000])('waits as long as Claude asks: %i ms', async (wish) => {
  expect(await delaysOf(() => busy(wish), 2)).toEqual([wish, wish]);
});

it.each([10_001, 3_600_000])('does not wait for %i ms', async (wish) => {
  expect(await delaysOf(() => busy(wish), 2)).toEqual([]);
});

it('does not try a time-out again: the caller has waited enough', async () => {
  expect(await delaysOf(() => silentTooLong(5), 2)).toEqual([]);
});

it('makes no further attempt when the caller has left during one', async () => {
  const caller = new AbortController();
  const attempt = vi.fn(() => {
    caller.abort();
    return Promise.reject(busy(0));
  });
  const outcome = withRetries(attempt, { maxRetries: 2, signal: caller.signal });
  await expect(outcome).rejects.toMatchObject({ code: 'cancelled' });
  expect(attempt).toHaveBeenCalledTimes(1);
});

it('ends with the caller during a wait', async () => {
  const caller = new AbortController();
  const attempt = vi.fn(() => Promise.reject(busy(5000)));
  const onRetry = (): void => caller.abort();
  const outcome = withRetries(attempt, { maxRetries: 2, signal: caller.signal, onRetry });
  await expect(outcome).rejects.toMatchObject({ code: 'cancelled' });
  expect(attempt).toHaveBeenCalledTimes(1);
});
