/** Runs the calls of several choices side by side. The first failure ends the others, and is what is thrown. */
export async function runTogether<T>(
  count: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T[]> {
  if (count === 1) return [await run(signal)];
  const together = new AbortController();
  const leave = (): void => together.abort();
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.all(Array.from({ length: count }, () => run(together.signal)));
  } finally {
    signal.removeEventListener('abort', leave);
    together.abort();
  }
}

/** What several streams yield, in the order in which it comes. Ends all of them when one fails or the reader leaves. */
export async function* interleave<T>(
  count: number,
  signal: AbortSignal,
  start: (index: number, signal: AbortSignal) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const together = new AbortController();
  const leave = (): void => together.abort();
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  const streams = Array.from({ length: count }, (_, index) => start(index, together.signal));
  const pull = (index: number): Promise<{ index: number; result: IteratorResult<T> }> => {
    const pulled = streams[index]!.next().then((result) => ({ index, result }));
    // It may fail while the reader is elsewhere; it is awaited, and fails the whole, at the next turn.
    pulled.catch(() => {});
    return pulled;
  };
  const waiting = new Map(streams.map((_, index) => [index, pull(index)]));
  try {
    while (waiting.size > 0) {
      const { index, result } = await Promise.race(waiting.values());
      if (result.done) {
        waiting.delete(index);
        continue;
      }
      waiting.set(index, pull(index));
      yield result.value;
    }
  } finally {
    signal.removeEventListener('abort', leave);
    // A stream that waits for Claude can't return before that wait is over.
    together.abort();
    await Promise.allSettled(streams.map((stream) => stream.return(undefined)));
  }
}
