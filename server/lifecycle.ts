import { TrestleError } from '../shared/error.ts';

/** A call that is under way; leaving it is how it ends. */
export interface Running extends Disposable {
  /** Aborts with the caller's signal, and when the server can't wait any longer. */
  signal: AbortSignal;
}

/** Knows which calls run, so that a stop can let them finish and turn new ones away. */
export class Lifecycle {
  readonly #running = new Set<AbortController>();
  #draining = false;
  #idle: (() => void) | undefined;

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
      throw new TrestleError('draining', 'The server is shutting down; try again', { retryAfter: 1 });
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
        if (this.#running.size === 0) this.#idle?.();
      },
    };
  }

  /** Turns new calls away and resolves when none runs any more; those left at the deadline are aborted. */
  async drain(deadlineMs: number): Promise<{ aborted: number }> {
    this.#draining = true;
    if (this.#running.size === 0) return { aborted: 0 };
    let deadline: NodeJS.Timeout | undefined;
    const finished = await Promise.race([
      new Promise<true>((resolve) => {
        this.#idle = () => resolve(true);
      }),
      new Promise<false>((resolve) => {
        deadline = setTimeout(() => resolve(false), deadlineMs);
      }),
    ]);
    clearTimeout(deadline);
    const left = finished ? [] : [...this.#running];
    for (const controller of left) controller.abort();
    return { aborted: left.length };
  }
}
