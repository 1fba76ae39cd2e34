import { TrestleError } from '../shared/error.ts';

const LAST_WORDS_MS = 1000;

/** A call that is under way; leaving it is how it ends. */
export interface Running extends Disposable {
  /** Aborts with the caller's signal, and when the server can't wait any longer. */
  signal: AbortSignal;
}

/** Knows which calls run, so that a stop can let them finish and turn new ones away. */
export class Lifecycle {
  readonly #running = new Set<AbortController>();
  #draining = false;
  readonly #waiting = new Set<() => void>();

  get draining(): boolean {
    return this.#draining;
  }

  /** Calls under way. */
  get size(): number {
    return this.#running.size;
  }

  /** Throws 503 while draining. */
  enter(caller: AbortSignal | undefined): Running {
    if (this.#draining) {
      throw shuttingDown();
    }
    const controller = new AbortController();
    const leave = (): void => controller.abort();
    if (caller?.aborted) leave();
    else caller?.addEventListener('abort', leave, { once: true });
    this.#running.add(controller);
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        caller?.removeEventListener('abort', leave);
        this.#running.delete(controller);
        if (this.#running.size === 0) for (const onIdle of this.#waiting) onIdle();
      },
    };
  }

  /** Turns new calls away and resolves when none runs any more; those left at the deadline are aborted. */
  async drain(deadlineMs: number): Promise<{ aborted: number }> {
    this.#draining = true;
    if (await this.#idleWithin(deadlineMs)) return { aborted: 0 };
    const left = [...this.#running];
    for (const controller of left) controller.abort(shuttingDown());
    // Time for each to tell its caller why it ends.
    await this.#idleWithin(LAST_WORDS_MS);
    return { aborted: left.length };
  }

  #idleWithin(milliseconds: number): Promise<boolean> {
    if (this.#running.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (idle: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(onIdle);
        resolve(idle);
      };
      // A turn later, when the last call's answer is written.
      const onIdle = (): void => void setImmediate(settle, true);
      const timer = setTimeout(() => settle(false), milliseconds);
      this.#waiting.add(onIdle);
    });
  }
}

function shuttingDown(): TrestleError {
  return new TrestleError('draining', 'The server is shutting down; try again', { retryAfter: 1 });
}
