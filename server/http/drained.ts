import type { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Resolves when there is room for more. A reader that takes nothing for so many milliseconds is dropped. */
export async function drained(response: ServerResponse, stallTimeoutMs: number): Promise<void> {
  if (response.destroyed) return;
  const stalled = setTimeout(() => response.destroy(), stallTimeoutMs);
  // A reader that leaves never drains.
  await eitherEvent(response, 'drain', 'close');
  clearTimeout(stalled);
}

/**
 * Resolves at the first of two events. Unlike a race of Node's `once`, it needs no AbortController to take
 * the other listener away, which a stream that waits at each write would pay for each time.
 */
function eitherEvent(emitter: EventEmitter, one: string, other: string): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      emitter.off(one, settle);
      emitter.off(other, settle);
      resolve();
    };
    emitter.on(one, settle);
    emitter.on(other, settle);
  });
}
