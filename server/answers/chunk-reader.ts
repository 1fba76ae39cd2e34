import type { CancelSignal } from '../calls/cancellation.ts';
import type { NumberedChunk } from './numbered-chunk.ts';

/** Chunks taken at once, and characters of their texts: those of a kept answer may be megabytes. */
const MAX_READY = 256;
const MAX_CHARACTERS = 8 * 1024;

/** The chunks of an answer for one reader. */
export interface ChunkReader extends AsyncIterableIterator<NumberedChunk, undefined> {
  /** What is there already, without waiting: a promise for each chunk would cost more than the chunk. */
  ready?(): NumberedChunk[];
  return(value?: undefined): Promise<IteratorResult<NumberedChunk, undefined>>;
}

/** Where a reader reads. */
export interface ChunkSource {
  /** Undefined until it is there. */
  at(number: number): NumberedChunk | undefined;
  /** Whether nothing comes any more. Throws what broke the answer. */
  isOver(): boolean;
  /** Resolves when there is something new. */
  changed(): Promise<void>;
  /** A reader went on, or is gone. */
  wasRead(): void;
}

/** Reads a log from a number on, until it is over or the reader's signal aborts. */
export class SourceReader implements ChunkReader {
  /** Number of the next chunk. */
  position: number;
  readonly #log: ChunkSource;
  readonly #signal: CancelSignal;
  readonly #leave: (reader: SourceReader) => void;
  #left = false;

  constructor(log: ChunkSource, from: number, signal: CancelSignal, leave: (reader: SourceReader) => void) {
    this.#log = log;
    this.position = from;
    this.#signal = signal;
    this.#leave = leave;
  }

  async next(): Promise<IteratorResult<NumberedChunk, undefined>> {
    try {
      for (;;) {
        if (this.#left) return { done: true, value: undefined };
        this.#signal.throwIfAborted();
        const value = this.#log.at(this.position);
        if (value !== undefined) {
          this.position += 1;
          this.#log.wasRead();
          return { done: false, value };
        }
        if (this.#log.isOver()) break;
        await this.#log.changed();
      }
    } catch (thrown) {
      this.#end();
      throw thrown;
    }
    this.#end();
    return { done: true, value: undefined };
  }

  ready(): NumberedChunk[] {
    const found: NumberedChunk[] = [];
    if (this.#left || this.#signal.aborted) return found;
    for (let characters = 0; found.length < MAX_READY && characters < MAX_CHARACTERS;) {
      const numbered = this.#log.at(this.position);
      if (numbered === undefined) break;
      found.push(numbered);
      characters += numbered.text?.length ?? 0;
      this.position += 1;
    }
    if (found.length > 0) this.#log.wasRead();
    return found;
  }

  return(): Promise<IteratorResult<NumberedChunk, undefined>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(): void {
    if (this.#left) return;
    this.#left = true;
    this.#leave(this);
  }
}
