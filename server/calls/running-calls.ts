import { TrestleError } from '../../shared/error.ts';
import { Cancellation, type CancelSignal } from './cancellation.ts';

const LAST_WORDS_MS = 1000;

/** A call that is under way; leaving it is how it ends. */
export interface Running extends Disposable {
  /** Aborts with the caller's signal, and when the server can't wait any longer. */
  signal: CancelSignal;
}

/** Knows which calls run, so that a stop can let them finish and turn new ones away. */
export class RunningCalls {
  readonly #running = new Set<Cancellation>();
  #draining = false;
  readonly #waiting = new Set<() => void>();
  /** Callers are asked to go over to another process. */
  handingOver = false;
  /** The server is to stop, and says so to whoever asks whether it is ready. */
  leaving = false;
  /** Sockets take no new streams: their clients have other servers to go to. */
  socketsClosing = false;

  /** Throws 503 when a new stream belongs on another socket. */
  checkSockets(): void {
    if (this.socketsClosing) throw shuttingDown();
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Calls under way. */
  get size(): number {
    return this.#running.size;
  }

  /**
   * Throws 503 while draining. A caller's cancellation is the call's own, and is used as it is;
   * any other signal may have other listeners, so the call gets one of its own that follows it.
   */
  enter(caller: CancelSignal): Running {
    if (this.#draining) {
      throw shuttingDown();
    }
    if (caller instanceof Cancellation) return this.#run(caller, () => {});
    const controller = new Cancellation();
    return this.#run(controller, controller.follow(caller));
  }

  #run(controller: Cancellation, release: () => void): Running {
    this.#running.add(controller);
    return {
      signal: controller,
      [Symbol.dispose]: () => {
        release();
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
