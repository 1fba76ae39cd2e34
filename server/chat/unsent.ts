import type { ClaudeRequest } from '../claude/messages-api.ts';

/**
 * A request that waits to be sent to Claude. It may hold megabytes, and Claude may take minutes to answer: with the last
 * sending it is let go.
 */
export class Unsent {
  #request: ClaudeRequest | undefined;
  #sendings: number;

  /** How often it will be sent; `Infinity` when that is not known. */
  constructor(request: ClaudeRequest, sendings: number) {
    this.#request = request;
    this.#sendings = sendings;
  }

  /** One sending of those that were said will not be. */
  skip(): void {
    this.#sendings -= 1;
    if (this.#sendings <= 0) this.#request = undefined;
  }

  /** By a function, which must not wait itself: what waits keeps all of its variables, and with them the request. */
  send<T>(by: (request: ClaudeRequest) => T): T {
    const request = this.#request;
    if (request === undefined) throw new Error('sent more often than was said');
    this.#sendings -= 1;
    if (this.#sendings === 0) this.#request = undefined;
    return by(request);
  }
}
