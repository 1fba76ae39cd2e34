import type { CancelSignal } from '../calls/cancellation.ts';
import { silentTooLong, type UpstreamFailure } from './failure.ts';
import { Watchdog } from './watchdog.ts';

/**
 * One attempt: ends when the caller leaves, and when Claude is silent for too long.
 * It calls back instead of having a signal of its own.
 */
export class Attempt {
  readonly #caller: CancelSignal;
  readonly #leave = (): void => this.#abort();
  readonly watchdog: Watchdog;
  /** Set by whoever has something to end. */
  onAbort: (() => void) | undefined;
  aborted = false;
  timedOut: UpstreamFailure | undefined;
  /** The whole answer was read. */
  finished = false;

  constructor(caller: CancelSignal) {
    this.#caller = caller;
    if (caller.aborted) this.aborted = true;
    else caller.addEventListener('abort', this.#leave, { once: true });
    this.watchdog = new Watchdog((milliseconds) => {
      this.timedOut = silentTooLong(milliseconds);
      this.#abort();
    });
  }

  dispose(): void {
    this.watchdog.dispose();
    this.#caller.removeEventListener('abort', this.#leave);
    if (!this.finished) this.#abort();
  }

  #abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.onAbort?.();
  }
}
