import { silentTooLong, type UpstreamFailure } from './failure.ts';
import { Watchdog } from './watchdog.ts';

/** One attempt: ends when the caller leaves, and when Claude is silent for too long. */
export class Attempt {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #leave = (): void => this.#controller.abort();
  readonly watchdog: Watchdog;
  timedOut: UpstreamFailure | undefined;
  /** The whole answer was read. */
  finished = false;

  constructor(caller: AbortSignal) {
    this.#caller = caller;
    if (caller.aborted) this.#leave();
    else caller.addEventListener('abort', this.#leave, { once: true });
    this.watchdog = new Watchdog((milliseconds) => {
      this.timedOut = silentTooLong(milliseconds);
      this.#controller.abort();
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    this.watchdog.dispose();
    this.#caller.removeEventListener('abort', this.#leave);
    // A finished answer has nothing to abort, and aborting costs more than translating it.
    if (!this.finished) this.#controller.abort();
  }
}
