import { TrestleError } from '../../shared/error.ts';

/** What a call needs of an `AbortSignal`. */
export interface CancelSignal extends Pick<AbortSignal, 'aborted' | 'reason' | 'throwIfAborted'> {
  /** A listener is called once, and never when the signal aborted before. */
  addEventListener(type: 'abort', listener: () => void, options?: { once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * An AbortController that is its own signal. Each call has one or two of them, and the real one is an event target with
 * all that the DOM asks for: half of what the translation of a small request costs.
 */
export class Cancellation implements CancelSignal {
  aborted = false;
  /** An error, once it is aborted. */
  reason: unknown;
  #listeners: Set<() => void> | undefined;

  abort(reason: unknown = cancelled()): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener();
  }

  /** Aborts when another signal does. Gives what ends that. */
  follow(signal: CancelSignal): () => void {
    const leave = (): void => this.abort();
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return () => signal.removeEventListener('abort', leave);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted) (this.#listeners ??= new Set()).add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }
}

/** The failure of a call that its caller ended. */
export function cancelled(): TrestleError {
  return new TrestleError('cancelled', 'The request was cancelled');
}

/** A call that was ended fails because of that, whatever it was doing just then. */
export function failureOf(thrown: unknown, ended: CancelSignal | undefined): unknown {
  if (!ended?.aborted) return thrown;
  return ended.reason instanceof TrestleError ? ended.reason : cancelled();
}
