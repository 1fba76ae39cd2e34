/** Those who wait for each signal. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once when the signal aborts; what it returns ends that. One listener for all who wait for a signal: Node
 * warns of a leak at the eleventh, and a signal of an application may end thousands of streams.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  let acts = waiting.get(signal);
  if (acts === undefined) {
    const all = new Set<() => void>();
    acts = all;
    waiting.set(signal, all);
    signal.addEventListener('abort', () => all.forEach((one) => one()), { once: true });
  }
  const own = (): void => act();
  acts.add(own);
  return () => void acts.delete(own);
}
