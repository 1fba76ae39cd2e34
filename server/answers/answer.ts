import { TrestleError } from '../../shared/error.ts';
import type { CallRecord } from '../calls/call.ts';
import { Cancellation, type CancelSignal } from '../calls/cancellation.ts';
import { FinishedAnswer } from './finished-answer.ts';
import type { ItemFormat, ItemStore, Numbered } from './item-format.ts';
import { type ItemReader, type ItemSource, SourceReader } from './item-reader.ts';
import type { MemoryBudget } from './memory-budget.ts';

export interface AnswerLimits {
  /** Maximum bytes of items kept for readers that come back, about. */
  replayBytes: number;
  /** How far Claude may be ahead of the slowest reader, in bytes, about. */
  aheadBytes: number;
}

/** Who asked for what. */
export interface Asked<Kept extends Numbered> {
  id: string;
  format: ItemFormat<unknown, Kept>;
  owner: string;
  record: CallRecord;
}

/** A streamed answer as its readers see it. */
export type ReadableAnswer<Kept extends Numbered = Numbered> = Pick<Answer<Kept>, 'id' | 'record' | 'read'> &
  Partial<Pick<Answer<Kept>, 'onStop'>>;

/**
 * One answer on its way, which may outlive the connection that asked for it: its items are numbered and
 * kept for a while, and any number of readers read them, each from where it is.
 */
export class Answer<Kept extends Numbered = Numbered> implements ItemSource<Kept> {
  readonly id: string;
  readonly owner: string;
  readonly format: ItemFormat<unknown, Kept>;
  /** The record of the call that asked for it; callers who resume it share the record. */
  readonly record: CallRecord;
  /** Called when the caller ends the answer from elsewhere: for a reader that is not the caller's own. */
  onStop: (() => void) | undefined;
  readonly #limits: AnswerLimits;
  readonly #budget: MemoryBudget;
  readonly #abort: Cancellation;
  readonly #readers = new Set<SourceReader<Kept>>();
  #items: ItemStore<unknown, Kept>;
  #released = false;
  #state: 'running' | 'done' | 'failed' = 'running';
  #error: unknown;
  #wakers: (() => void)[] = [];
  #room: (() => void) | undefined;

  constructor(
    { id, owner, record, format }: Asked<Kept>,
    abort: Cancellation,
    limits: AnswerLimits,
    budget: MemoryBudget,
  ) {
    this.id = id;
    this.format = format;
    this.#items = format.createStore();
    this.owner = owner;
    this.record = record;
    this.#abort = abort;
    this.#limits = limits;
    this.#budget = budget;
  }

  /** One that is over, to be read again. */
  static reopen(id: string, finished: FinishedAnswer, limits: AnswerLimits, budget: MemoryBudget): Answer {
    const { record, items } = finished.open();
    const { owner, format, failure } = finished;
    const answer = new Answer({ id, owner, record, format }, new Cancellation(), limits, budget);
    answer.#items = format.unpack(items);
    budget.add(answer.bytes);
    answer.#state = failure ? 'failed' : 'done';
    answer.#error = failure?.thrown;
    return answer;
  }

  /** What is kept of an answer that is over. */
  toFinished(): FinishedAnswer {
    const failure = this.#state === 'failed' ? { thrown: this.#error } : undefined;
    const content = { record: this.record, items: this.#items.pack(), bytes: this.bytes };
    return new FinishedAnswer(this.owner, this.format, content, failure);
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Bytes kept, about. */
  get bytes(): number {
    return this.#items.bytes;
  }

  /** Resolves when the answer is over, to whether it failed. */
  ended: Promise<boolean> = new Promise(() => {});

  /** Takes all of the answer, no faster than it is read. */
  start(batches: AsyncIterable<unknown[]>): void {
    this.ended = this.#run(batches);
  }

  /** Never rejects: readers get the failure. */
  async #run(batches: AsyncIterable<unknown[]>): Promise<boolean> {
    try {
      for await (const batch of batches) {
        for (const item of batch) this.#keep(item);
        this.#releaseRead();
        this.#wake();
        while (this.#isFull() && !this.#abort.aborted) await this.#untilRoom();
      }
      this.#state = 'done';
    } catch (thrown) {
      this.#state = 'failed';
      this.#error = thrown;
    }
    this.#wake();
    return this.#state === 'failed';
  }

  /** Ends the call to Claude; readers get what was kept and then the reason. */
  cancel(reason: TrestleError): void {
    if (this.running) this.#abort.abort(reason);
    this.#room?.();
  }

  /**
   * The items from a number on. Throws 412 when the first of them is no longer kept; whatever ended the answer
   * is thrown while reading. A reader that is gone ends by its signal.
   */
  read(from: number, signal: CancelSignal): ItemReader<Kept> {
    if (from < this.#items.first || from > this.#items.end) throw notKept();
    const wake = (): void => this.#wake();
    const reader = new SourceReader<Kept>(this, from, signal, () => {
      signal.removeEventListener('abort', wake);
      this.#readers.delete(reader);
      // It may be waiting itself.
      this.#wake();
      this.#room?.();
    });
    this.#readers.add(reader);
    signal.addEventListener('abort', wake, { once: true });
    this.#room?.();
    return reader;
  }

  at(number: number): Kept | undefined {
    return this.#items.at(number);
  }

  isOver(): boolean {
    if (this.#state === 'failed') throw this.#error;
    return this.#state === 'done';
  }

  changed(): Promise<void> {
    return new Promise((resolve) => this.#wakers.push(resolve));
  }

  wasRead(): void {
    this.#releaseRead();
    if (this.#room && !this.#isFull()) this.#room();
  }

  /** Releases its memory; nothing of it can be read afterwards. */
  release(): void {
    this.#released = true;
    this.#releaseBefore(this.#items.end);
  }

  #keep(item: unknown): void {
    if (!this.#released) this.#budget.add(this.#items.push(item));
  }

  #releaseBefore(number: number): void {
    this.#budget.add(-this.#items.releaseBefore(number));
  }

  /** Where the slowest reader stands; without readers, where the next one may have to start. */
  #slowest(): number {
    let slowest = this.#items.end;
    for (const reader of this.#readers) slowest = Math.min(slowest, reader.position);
    return slowest;
  }

  #isFull(): boolean {
    const full = !this.#budget.makeRoom();
    if (this.#readers.size === 0) return full || this.bytes > this.#limits.replayBytes;
    const ahead = this.#items.bytesBefore(this.#items.end) - this.#items.bytesBefore(this.#slowest());
    return ahead > (full ? 0 : this.#limits.aheadBytes);
  }

  /** Releases the oldest items over the limit, but none that a reader has yet to read. */
  #releaseRead(): void {
    if (this.#readers.size === 0) return;
    // Without room for all, nothing that every reader has read is kept.
    const most = this.#budget.makeRoom() ? this.#limits.replayBytes : 0;
    if (this.bytes <= most) return;
    // A quarter more than need be, so that the list is not cut at every chunk.
    const enough = this.#items.bytesBefore(this.#items.end) - most * 0.75;
    const slowest = this.#slowest();
    let number = this.#items.first;
    while (number < slowest && this.#items.bytesBefore(number) < enough) number += 1;
    this.#releaseBefore(number);
  }

  #untilRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.#room = () => {
        this.#room = undefined;
        resolve();
      };
    });
  }

  #wake(): void {
    const wakers = this.#wakers;
    if (wakers.length === 0) return;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}

export function notKept(): TrestleError {
  return new TrestleError(
    'stream_not_resumable',
    'This stream can not be resumed from there: it is unknown, over for too long, or of another key. A new request starts a new answer',
    { param: 'lastEventId' },
  );
}
