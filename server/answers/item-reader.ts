import type { CancelSignal } from '../calls/cancellation.ts';
import type { Numbered } from './item-format.ts';

/** Items taken at once, and characters of their texts: those of a kept answer may be megabytes. */
const MAX_READY = 256;
const MAX_CHARACTERS = 8 * 1024;

/** The items of an answer for one reader. */
export interface ItemReader<Kept extends Numbered> extends AsyncIterableIterator<Kept, undefined> {
  /** What is there already, without waiting: a promise for each item would cost more than the item. */
  ready?(): Kept[];
  return(value?: undefined): Promise<IteratorResult<Kept, undefined>>;
}

/** Where a reader reads. */
export interface ItemSource<Kept extends Numbered> {
  /** Undefined until it is there. */
  at(number: number): Kept | undefined;
  /** Whether nothing comes any more. Throws what broke the answer. */
  isOver(): boolean;
  /** Resolves when there is something new. */
  changed(): Promise<void>;
  /** A reader went on, or is gone. */
  wasRead(): void;
}

/** Reads a source from a number on, until it is over or the reader's signal aborts. */
export class SourceReader<Kept extends Numbered> implements ItemReader<Kept> {
  /** Number of the next item. */
  position: number;
  readonly #source: ItemSource<Kept>;
  readonly #signal: CancelSignal;
  readonly #leave: () => void;
  #left = false;

  constructor(source: ItemSource<Kept>, from: number, signal: CancelSignal, leave: () => void) {
    this.#source = source;
    this.position = from;
    this.#signal = signal;
    this.#leave = leave;
  }

  async next(): Promise<IteratorResult<Kept, undefined>> {
    try {
      for (;;) {
        if (this.#left) return { done: true, value: undefined };
        this.#signal.throwIfAborted();
        const value = this.#source.at(this.position);
        if (value !== undefined) {
          this.position += 1;
          this.#source.wasRead();
          return { done: false, value };
        }
        if (this.#source.isOver()) break;
        await this.#source.changed();
      }
    } catch (thrown) {
      this.#end();
      throw thrown;
    }
    this.#end();
    return { done: true, value: undefined };
  }

  ready(): Kept[] {
    const found: Kept[] = [];
    if (this.#left || this.#signal.aborted) return found;
    for (let characters = 0; found.length < MAX_READY && characters < MAX_CHARACTERS;) {
      const numbered = this.#source.at(this.position);
      if (numbered === undefined) break;
      found.push(numbered);
      characters += numbered.text?.length ?? 0;
      this.position += 1;
    }
    if (found.length > 0) this.#source.wasRead();
    return found;
  }

  return(): Promise<IteratorResult<Kept, undefined>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(): void {
    if (this.#left) return;
    this.#left = true;
    this.#leave();
  }
}
