import { connectionError } from './connection-error.ts';
import type { TrestleError } from '../shared/error.ts';

/** How long a stream whose connection was lost waits for another one, in milliseconds. */
const RECONNECT_WITHIN_MS = 15_000;
/** Until the first answer it is not known that there is a server at all. */
const CONNECT_WITHIN_MS = 5000;
/** Of connections that brought nothing; before the first answer, and later. */
const MOST_LOSSES = { unanswered: 3, answered: 20 };
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 3000;

/** Milliseconds before a try, by how many have failed; random, so that clients that lose a server do not all come back at once. */
export function retryDelay(failed: number): number {
  return Math.random() * Math.min(FIRST_DELAY_MS * 2 ** failed, LONGEST_DELAY_MS);
}

/** Counts what a stream loses, and tells when to give up. */
export class Patience {
  readonly #giveUp: (error: TrestleError) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #losses = 0;

  constructor(giveUp: (error: TrestleError) => void) {
    this.#giveUp = giveUp;
  }

  /** The first connection has to be there in time: some proxies neither pass an upgrade on nor refuse it. */
  connecting(): void {
    this.#wait(CONNECT_WITHIN_MS, connectionError('There was no connection to Trestle in time'));
  }

  /** The connection is gone, or could not be made: `cause` says why. Another one must be there in time. */
  lost(cause: unknown, answered: boolean): void {
    if (this.#timer !== undefined) return;
    this.#losses += 1;
    const error = connectionError('The connection to Trestle failed', cause);
    if (this.#losses > (answered ? MOST_LOSSES.answered : MOST_LOSSES.unanswered)) this.#giveUp(error);
    else this.#wait(answered ? RECONNECT_WITHIN_MS : CONNECT_WITHIN_MS, error);
  }

  connected(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(milliseconds: number, error: TrestleError): void {
    this.#timer = setTimeout(() => this.#giveUp(error), milliseconds);
  }

  /** A connection that brings something was worth it. */
  progressed(): void {
    this.#losses = 0;
  }
}
