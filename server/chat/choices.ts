import { Cancellation, type CancelSignal } from '../calls/cancellation.ts';

/** Runs the calls of several choices side by side. The first failure ends the others, and is what is thrown. */
export async function runTogether<T>(
  count: number,
  signal: CancelSignal,
  run: (signal: CancelSignal) => Promise<T>,
): Promise<T[]> {
  if (count === 1) return [await run(signal)];
  const together = new Cancellation();
  const unfollow = together.follow(signal);
  try {
    return await Promise.all(Array.from({ length: count }, () => run(together)));
  } finally {
    unfollow();
    together.abort();
  }
}

/** As long as a stream's status waits for content; later than that nothing is won by holding it. */
export const HOLD_MS = 10_000;

type Pulled<T> = { index: number; result: IteratorResult<T> } | { thrown: unknown };

/**
 * What several streams yield, in the order in which it comes. Ends all of them when one fails or the reader leaves.
 * Nothing is yielded before each has something to say, or for `holdMs`, so that the failure of one that has not
 * begun is the failure of the whole.
 */
export async function* interleave<T>(
  count: number,
  signal: CancelSignal,
  start: (index: number, signal: CancelSignal) => AsyncGenerator<T>,
  holdMs: number = HOLD_MS,
): AsyncGenerator<T> {
  const together = new Cancellation();
  const unfollow = together.follow(signal);
  const streams = Array.from({ length: count }, (_, index) => start(index, together));

  // Each stream is pulled once at a time, so that this holds one item of each at most.
  const arrived: Pulled<T>[] = [];
  let wake = (): void => {};
  const arrive = (pulled: Pulled<T>): void => {
    arrived.push(pulled);
    wake();
  };
  const pull = (index: number): void => {
    streams[index]!.next().then(
      (result) => arrive({ index, result }),
      (thrown: unknown) => arrive({ thrown }),
    );
  };
  const change = (): Promise<void> => new Promise((resolve) => (wake = resolve));

  let holding = holdMs > 0;
  const held = setTimeout(() => {
    holding = false;
    wake();
  }, holdMs);
  try {
    streams.forEach((_, index) => pull(index));
    while (holding && arrived.length < count) {
      await change();
      for (const pulled of arrived) if ('thrown' in pulled) throw pulled.thrown;
    }
    clearTimeout(held);
    for (let running = count; running > 0;) {
      const next = arrived.shift();
      if (next === undefined) {
        await change();
        continue;
      }
      if ('thrown' in next) throw next.thrown;
      if (next.result.done) {
        running -= 1;
        continue;
      }
      pull(next.index);
      yield next.result.value;
    }
  } finally {
    clearTimeout(held);
    unfollow();
    // A stream that waits for Claude can't return before that wait is over.
    together.abort();
    await Promise.allSettled(streams.map((stream) => stream.return(undefined)));
  }
}
