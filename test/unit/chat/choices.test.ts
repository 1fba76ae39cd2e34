import { setImmediate as immediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { CancelSignal } from '../../../server/calls/cancellation.ts';
import { HOLD_MS, interleave } from '../../../server/chat/choices.ts';

const aborted = (signal: CancelSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', resolve));

/** Yields its words, then waits for ever, but for its signal. */
async function* waiting(signal: CancelSignal, ...words: string[]): AsyncGenerator<string> {
  yield* words;
  await aborted(signal);
}

async function* failing(...words: string[]): AsyncGenerator<string> {
  yield* words;
  throw new Error('overloaded');
}

test('one stream that fails ends those that wait', async () => {
  const signals: CancelSignal[] = [];
  const all = interleave(3, new AbortController().signal, (index, signal) => {
    signals.push(signal);
    return index === 1 ? failing('b') : waiting(signal, 'a');
  });
  const read: string[] = [];
  const reading = (async () => {
    for await (const word of all) read.push(word);
  })();
  await expect(reading).rejects.toThrow('overloaded');
  expect(read.sort()).toEqual(['a', 'a', 'b']);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
});

test('a failure while the reader is elsewhere waits for its return', async () => {
  const start = (index: number, signal: CancelSignal): AsyncGenerator<string> =>
    index === 0 ? failing('a') : waiting(signal);
  const all = interleave(2, new AbortController().signal, start, 0);
  expect(await all.next()).toEqual({ done: false, value: 'a' });
  // By now the first stream has failed, and nobody asked.
  await immediate();
  await expect(all.next()).rejects.toThrow('overloaded');
});

test('a reader that leaves ends all streams', async () => {
  const signals: CancelSignal[] = [];
  const all = interleave(2, new AbortController().signal, (_index, signal) => {
    signals.push(signal);
    return waiting(signal, 'a');
  });
  for await (const _word of all) break;
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
});

test('a stream that fails before it began fails all, whatever the others have said', async () => {
  const signals: CancelSignal[] = [];
  let fail = (): void => {};
  const failed = new Promise<void>((resolve) => (fail = resolve));
  const all = interleave(3, new AbortController().signal, (index, signal) => {
    signals.push(signal);
    if (index !== 1) return waiting(signal, 'a', 'b');
    return (async function* () {
      await failed;
      yield* failing();
    })();
  });
  const first = all.next();
  // The others have spoken by now.
  await immediate();
  fail();
  await expect(first).rejects.toThrow('overloaded');
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
});

test('one that ends without a word holds up nobody', async () => {
  const all = interleave(2, new AbortController().signal, (index, signal) =>
    index === 0 ? waiting(signal, 'a') : (async function* () {})(),
  );
  expect(await all.next()).toEqual({ done: false, value: 'a' });
  await all.return(undefined);
});

test('a stream that is slow to begin is waited for no longer than a status is', async () => {
  vi.useFakeTimers();
  try {
    const all = interleave(2, new AbortController().signal, (index, signal) =>
      index === 0 ? waiting(signal, 'a') : waiting(signal),
    );
    let value: unknown;
    void all.next().then((result) => (value = result.value));
    await vi.advanceTimersByTimeAsync(HOLD_MS - 1);
    expect(value).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(value).toBe('a');
    await all.return(undefined);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('while one is waited for, each of the others is read once', async () => {
  let pulled = 0;
  const left = new AbortController();
  const all = interleave(2, left.signal, (index, signal) =>
    index === 1
      ? waiting(signal)
      : (async function* () {
          for (;;) yield String((pulled += 1));
        })(),
  );
  const first = all.next();
  await immediate();
  expect(pulled).toBe(1);
  left.abort();
  await first;
  await all.return(undefined);
});

test('many items of many streams come each once, and in order within a stream', async () => {
  const count = 8;
  const words = Array.from({ length: 200 }, (_, at) => at);
  const read: number[][] = Array.from({ length: count }, () => []);
  const all = interleave(count, new AbortController().signal, async function* (index) {
    for (const at of words) {
      if ((at + index) % 7 === 0) await immediate();
      yield { index, at };
    }
  });
  for await (const { index, at } of all) read[index]!.push(at);
  expect(read).toEqual(Array.from({ length: count }, () => words));
});
