import { TrestleError } from '../../shared/error.ts';
import { parseEventId } from '../../shared/event-id.ts';
import { Cancellation, type CancelSignal } from '../calls/cancellation.ts';
import { type Asked, Answer, type AnswerLimits, notKept, type ReadableAnswer } from './answer.ts';
import { FinishedAnswers } from './finished-answers.ts';
import type { ItemFormat, Numbered } from './item-format.ts';
import { MemoryBudget } from './memory-budget.ts';

export interface AnswerStoreOptions extends AnswerLimits {
  /** How long an answer goes on without a reader, in milliseconds. 0 ends it with its last reader. */
  graceMs: number;
  /** How long a finished answer can still be read, in milliseconds. */
  keepMs: number;
  /** Maximum bytes of all answers together, about; the oldest finished ones make room. */
  totalBytes: number;
}

/** Where the answers stand; plain numbers. */
export interface Gauges {
  /** Answers under way. */
  running: number;
  /** Answers that can be read, those under way included. */
  kept: number;
  /** Approximate bytes kept for readers that come back, whole answers of repeated requests included. */
  bytes: number;
}

/** A streamed answer to read, and the number of the item to start with. */
export interface OpenAnswer<Kept extends Numbered = Numbered> {
  answer: ReadableAnswer<Kept>;
  from: number;
}

/** The same, of this process. */
export interface OpenStoredAnswer<Kept extends Numbered = Numbered> extends OpenAnswer<Kept> {
  answer: Answer<Kept>;
}

/** Where streamed answers are found: those of this process, or of other ones as well. */
export interface Answers {
  /** Throws 412 for an answer that is not kept, is another caller's, or has another format. */
  find<Kept extends Numbered>(
    format: ItemFormat<unknown, Kept>,
    owner: string,
    lastEventId: string,
  ): OpenAnswer<Kept> | Promise<OpenAnswer<Kept>>;
  attach(answer: ReadableAnswer): void;
  detach(answer: ReadableAnswer, leaving: Leaving): void;
}

/** How a reader left: `lost` with its connection, `stopped` on purpose, or `gone` without a way to come back. */
export type Leaving = 'lost' | 'stopped' | 'gone';

/** How long an answer that is over and without a reader stays as it is: whoever has just found it begins to read it. */
const SETTLE_MS = 5;

/** All answers that run or can still be read. */
export class AnswerStore implements Answers {
  readonly #options: AnswerStoreOptions;
  /** What all kept answers take, whole ones of repeated requests included. */
  readonly budget: MemoryBudget;
  /** Those that run, are read, or have just been found. */
  readonly #byId = new Map<string, Answer>();
  readonly #kept: FinishedAnswers;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Whose reader said that it leaves, before its connection was seen to go. */
  readonly #stopped = new WeakSet<Answer>();

  constructor(options: AnswerStoreOptions) {
    this.#options = options;
    this.budget = new MemoryBudget(options.totalBytes);
    this.#kept = new FinishedAnswers(options.keepMs, this.budget);
  }

  /** Answers that are under way. */
  get running(): number {
    return [...this.#byId.values()].filter((answer) => answer.running).length;
  }

  /** Bytes kept for readers that come back, about. */
  get bytes(): number {
    return this.budget.bytes;
  }

  gauges(): Gauges {
    return { running: this.running, kept: this.#byId.size + this.#kept.size, bytes: this.bytes };
  }

  /**
   * Starts an answer. Its signal ends when the answer is cancelled, not when any one reader leaves.
   * Throws 503 when running answers have taken all memory for replays.
   */
  start<Kept extends Numbered>(
    asked: Asked<Kept>,
    source: (signal: CancelSignal) => AsyncIterable<unknown[]>,
  ): Answer<Kept> {
    if (!this.budget.makeRoom()) {
      throw new TrestleError(
        'too_many_streams',
        'The server keeps as much of running streams as it may; try again later',
        {
          retryAfter: 1,
        },
      );
    }
    const abort = new Cancellation();
    const answer = new Answer(asked, abort, this.#options, this.budget);
    this.#byId.set(asked.id, answer);
    answer.start(source(abort));
    void this.#keepWhenEnded(answer);
    return answer;
  }

  /** The answer and the number to go on from, by the id of the last item seen. Throws 412 when it can't be. */
  find<Kept extends Numbered>(
    format: ItemFormat<unknown, Kept>,
    owner: string,
    lastEventId: string,
  ): OpenStoredAnswer<Kept> {
    const { id, number } = parseEventId(lastEventId) ?? { id: '', number: -1 };
    const answer = this.#byId.get(id) ?? this.#reopen(id, owner);
    if (answer === undefined || answer.owner !== owner || answer.format !== format) throw notKept();
    // Sound: the format says what its items are.
    return { answer: answer as unknown as Answer<Kept>, from: number + 1 };
  }

  #reopen(id: string, owner: string): Answer | undefined {
    const kept = this.#kept.take(id, owner);
    if (kept === undefined) return undefined;
    const answer = Answer.reopen(id, kept, this.#options, this.budget);
    this.#byId.set(id, answer);
    this.#keepLater(answer);
    return answer;
  }

  /** Whether it runs, or is read. */
  holds(id: string): boolean {
    return this.#byId.has(id);
  }

  has(answer: Answer): boolean {
    return this.#byId.get(answer.id) === answer;
  }

  /** A reader came; whatever was to happen without one does not. */
  attach(answer: Answer): void {
    const { id } = answer;
    this.#stopped.delete(answer);
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** A reader left. Without another one, the answer is cancelled at once, or after the grace period. */
  detach(answer: Answer, leaving: Leaving): void {
    if (answer.readers > 0 || !this.#byId.has(answer.id)) return;
    const grace = leaving === 'lost' && !this.#stopped.has(answer) ? this.#options.graceMs : 0;
    if (!answer.running) {
      if (leaving === 'gone') this.#release(answer);
      else this.#keepLater(answer);
      return;
    }
    if (grace === 0) this.#cancel(answer);
    else this.#after(answer.id, grace, () => this.#cancel(answer));
  }

  /** Ends an answer whose reader leaves on purpose, as soon as nobody reads it. Tells whether there is such an answer. */
  stop(owner: string, id: string): boolean {
    const answer = this.#byId.get(id);
    if (!answer?.running || answer.owner !== owner) return false;
    this.#stopped.add(answer);
    answer.onStop?.();
    this.detach(answer, 'stopped');
    return true;
  }

  /** Ends every answer, for a server that stops. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const answer of this.#byId.values())
      answer.cancel(new TrestleError('draining', 'The server is shutting down; try again'));
    this.#byId.clear();
    this.#kept.clear();
  }

  async #keepWhenEnded(answer: Answer): Promise<void> {
    await answer.ended;
    if (this.has(answer) && answer.readers === 0) this.#keepLater(answer);
  }

  #cancel(answer: Answer): void {
    answer.cancel(new TrestleError('cancelled', 'Nobody reads this answer any more'));
    this.#release(answer);
  }

  #keepLater(answer: Answer): void {
    this.#after(answer.id, SETTLE_MS, () => {
      const kept = answer.toFinished();
      this.#release(answer);
      this.#kept.add(answer.id, kept);
    });
  }

  #after(id: string, milliseconds: number, act: () => void): void {
    clearTimeout(this.#timers.get(id));
    const timer = setTimeout(act, milliseconds);
    timer.unref();
    this.#timers.set(id, timer);
  }

  #release(answer: Answer): void {
    const { id } = answer;
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#byId.delete(id);
    answer.release();
  }
}
