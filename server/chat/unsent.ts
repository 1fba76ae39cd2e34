import type { ClaudeRequest } from '../claude/to-claude-request.ts';

/**
 * A request that waits to be sent to Claude. It may hold megabytes, and Claude may take minutes to answer: whoever
 * sends it last takes it out, and nothing else holds it. A function that waits must not have it in a variable, since
 * what waits keeps all of its variables.
 */
export class Unsent {
  #request: ClaudeRequest | undefined;
  #sendings: number;

  /** How often it will be sent; `Infinity` when that is not known. */
  constructor(request: ClaudeRequest, sendings: number) {
    this.#request = request;
    this.#sendings = sendings;
  }

  take(): ClaudeRequest {
    const request = this.#request;
    if (request === undefined) throw new Error('sent more often than was said');
    this.#sendings -= 1;
    if (this.#sendings === 0) this.#request = undefined;
    return request;
  }
}
