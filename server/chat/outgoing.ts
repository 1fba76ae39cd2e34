import { TrestleError } from '../../shared/error.ts';
import type { ClaudeBlock, ClaudeRequest } from '../claude/messages-api.ts';
import type { WrittenRequest } from '../upstream/claude.ts';
import { writeRequest } from '../upstream/serialize.ts';
import { continued } from './continue-paused.ts';

/** Maximum bytes of one request, all of its choices together. */
const MAX_BYTES = 256 * 1024 * 1024;

export interface OutgoingOptions {
  stream: boolean;
  /** Each of them sends the request. */
  choices: number;
  /** It may be sent once more, with changes, by a choice that has not begun. */
  mayChange: boolean;
  /** It may be sent on at any time, with what Claude has said. */
  mayContinue: boolean;
}

/**
 * A chat's request as it is sent, written once for all of its choices. It may hold megabytes, and a stream goes on for
 * minutes: once each choice has begun, it is released. What it was written from is kept for a request alone that may
 * have to be written again in other words.
 */
export class Outgoing {
  readonly #options: OutgoingOptions;
  #written: WrittenRequest | undefined;
  #source: ClaudeRequest | undefined;
  /** Choices that have not begun. */
  #waiting: number;

  /** Throws a 400 that names `n` when the choices would be too much to send. */
  constructor(request: ClaudeRequest, options: OutgoingOptions) {
    this.#options = options;
    this.#written = this.#write(request);
    this.#waiting = options.choices;
    if (options.choices > 1) checkBytes(this.#written, options.choices);
    if (options.mayChange || options.mayContinue) this.#source = request;
  }

  /** To send first, or with what Claude has said so far. */
  continuedBy(content: readonly ClaudeBlock[]): WrittenRequest {
    if (content.length === 0 && this.#written !== undefined) return this.#written;
    return this.#write(continued(this.#requireSource(), content));
  }

  /** To send in place of it. */
  changedBy(change: (request: ClaudeRequest) => ClaudeRequest, content: readonly ClaudeBlock[]): WrittenRequest {
    return this.#write(continued(change(this.#requireSource()), content));
  }

  /** One of the choices has begun, and sends it no more. */
  begun(): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    this.#written = undefined;
    if (!this.#options.mayContinue) this.#source = undefined;
  }

  #write({ version, body }: ClaudeRequest): WrittenRequest {
    return writeRequest({ version, body: this.#options.stream ? { ...body, stream: true } : body });
  }

  #requireSource(): ClaudeRequest {
    if (this.#source === undefined) throw new Error('sent more often than was said');
    return this.#source;
  }
}

/** A body of megabytes and 128 choices are gigabytes. */
function checkBytes({ json }: WrittenRequest, choices: number): void {
  const bytes = Buffer.byteLength(json) * choices;
  if (bytes <= MAX_BYTES) return;
  const megabytes = (count: number): number => Math.ceil(count / 1024 / 1024);
  throw new TrestleError(
    'invalid_value',
    `${choices} choices are ${choices} requests to Claude, ${megabytes(bytes)} MiB in all, of at most ${megabytes(MAX_BYTES)} MiB: ask for fewer, or send less`,
    { param: 'n' },
  );
}
