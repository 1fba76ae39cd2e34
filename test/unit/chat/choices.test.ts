import { once } from 'node:events';
import { setImmediate as immediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { interleave } from '../../../server/chat/choices.ts';

/** Yields its words, then waits for ever, but for its signal. */
async function* waiting(signal: AbortSignal, ...words: string[]): AsyncGenerator<string> {
  yield* words;
  await once(signal, 'abort');
}

async function* failing(...words: string[]): AsyncGenerator<string> {
  yield* words;
  throw new Error('overloaded');
}

test('one stream that fails ends those that wait', async () => {
  const signals: AbortSignal[] = [];
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
  const all = interleave(2, new AbortController().signal, (index, signal) =>
    index === 0 ? failing('a') : waiting(signal),
  );
  expect(await all.next()).toEqual({ done: false, value: 'a' });
  // By now the first stream has failed, and nobody asked.
  await immediate();
  await expect(all.next()).rejects.toThrow('overloaded');
});

test('a reader that leaves ends all streams', async () => {
  const signals: AbortSignal[] = [];
  const all = interleave(2, new AbortController().signal, (_index, signal) => {
    signals.push(signal);
    return waiting(signal, 'a');
  });
  for await (const _word of all) break;
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
});
