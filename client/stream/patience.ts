import { TrestleError } from '../../shared/error.ts';
import { connectionError } from '../errors/connection-error.ts';

/** How long a stream whose connection was lost waits for another one, in milliseconds. */
const RECONNECT_WITHIN_MS = 15_000;
/** Until the first answer it is not known that there is a server at all. */
const CONNECT_WITHIN_MS = 5000;
/** Maximum connections in a row that bring nothing: before the first answer, and later. */
const MAX_LOSSES = { unanswered: 3, answered: 20 };
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 3000;

/** Milliseconds before a try, by how many have failed; random, so that clients that lose a server do not all come back at once. */
export function retryDelay(failed: number): number {
  return Math.random() * Math.min(FIRST_DELAY_MS * 2 ** failed, MAX_DELAY_MS);
}

/** A server that is about to stop: another one may be there, or will be soon. */
export function isDraining(thrown: unknown): boolean {
  return thrown instanceof TrestleError && thrown.code === 'draining';
}

/** Counts what a stream loses, and tells when to give up. */
export class Patience {
  readonly #giveUp: (error: TrestleError) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #losses = 0;
  /** Why the last try failed. */
  #error: TrestleError | undefined;

  constructor(giveUp: (error: TrestleError) => void) {
    this.#giveUp = giveUp;
  }

  /**
   * The first connection has to be there in time: some proxies neither pass an upgrade on nor refuse it. Where there is
   * no other transport, a busy server gets as long as one that comes back.
   */
  connecting(hasAlternative: boolean): void {
    this.#error = connectionError('There was no connection to Trestle in time');
    this.#wait(hasAlternative ? CONNECT_WITHIN_MS : RECONNECT_WITHIN_MS);
  }

  /** The connection is gone, or could not be made: `cause` says why. Another one must be there in time. */
  lost(cause: unknown, answered: boolean): void {
    this.#error = cause instanceof TrestleError ? cause : connectionError('The connection to Trestle failed', cause);
    if (this.#timer !== undefined) return;
    this.#losses += 1;
    if (this.#losses > (answered ? MAX_LOSSES.answered : MAX_LOSSES.unanswered)) this.#giveUp(this.#error);
    else this.#wait(answered ? RECONNECT_WITHIN_MS : CONNECT_WITHIN_MS);
  }

  connected(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A connection that brings something was worth it. */
  progressed(): void {
    this.#losses = 0;
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#giveUp(this.#error!), milliseconds);
  }
}
