import type { EventEmitter } from 'node:events';

/**
 * Resolves at the first of two events. Unlike a race of Node's `once`, it needs no AbortController to take
 * the other listener away, which a stream that waits at each write would pay for each time.
 */
export function eitherEvent(emitter: EventEmitter, one: string, other: string): Promise<void> {
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
