import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { TrestleError } from '../../shared/error.ts';
import { type Asked, Generation, type GenerationLimits, notKept, type ReadableAnswer } from './answer.ts';
import { Cancellation, type CancelSignal } from '../calls/cancellation.ts';
import { KeptAnswers } from './finished-answers.ts';
import { ReplayBudget } from './memory-budget.ts';

export interface GenerationsOptions extends GenerationLimits {
  /** How long an answer goes on without a reader, in milliseconds. 0 ends it with its last reader. */
  graceMs: number;
  /** How long a finished answer can still be read, in milliseconds. */
  keepMs: number;
  /** Of all answers together, in bytes, about; the oldest finished ones make room. */
  totalBytes: number;
}

/** Where the answers stand; plain numbers. */
export interface Gauges {
  /** Answers under way. */
  running: number;
  /** Answers that can be read, those under way included. */
  kept: number;
  /** Of what is kept for readers that come back, about; whole answers of repeated requests included. */
  bytes: number;
}

/** A streamed answer to read, and the number of the chunk to start with. */
export interface OpenAnswer {
  generation: ReadableAnswer;
  from: number;
}

/** Where streamed answers are found: those of this process, or of other ones as well. */
export interface Answers {
  find(owner: string, lastEventId: string): OpenAnswer | Promise<OpenAnswer>;
  attach(answer: ReadableAnswer): void;
  detach(answer: ReadableAnswer, leaving: Leaving): void;
}

/** How a reader left: `lost` with its connection, `stopped` on purpose, or `gone` without a way to come back. */
export type Leaving = 'lost' | 'stopped' | 'gone';

/** How long an answer that is over and without a reader stays as it is: whoever has just found it begins to read it. */
const SETTLE_MS = 5;

/** All answers that run or can still be read. */
export class Generations implements Answers {
  readonly #options: GenerationsOptions;
  /** What all kept answers take, whole ones of repeated requests included. */
  readonly budget: ReplayBudget;
  /** Those that run, are read, or have just been found. */
  readonly #byId = new Map<string, Generation>();
  readonly #kept: KeptAnswers;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Whose reader said that it leaves, before its connection was seen to go. */
  readonly #stopped = new WeakSet<Generation>();

  constructor(options: GenerationsOptions) {
    this.#options = options;
    this.budget = new ReplayBudget(options.totalBytes);
    this.#kept = new KeptAnswers(options.keepMs, this.budget);
  }

  /** Answers that are under way. */
  get running(): number {
    return [...this.#byId.values()].filter((generation) => generation.running).length;
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
  start(asked: Asked, source: (signal: CancelSignal) => AsyncIterable<ChatCompletionChunk[]>): Generation {
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
    const generation = new Generation(asked, abort, this.#options, this.budget);
    this.#byId.set(asked.id, generation);
    generation.start(source(abort));
    void this.#keepWhenEnded(generation);
    return generation;
  }

  /** The answer and the number to go on from, by the id of the last chunk seen (`…:-1`: none). Throws 412 when it can't be. */
  find(owner: string, lastEventId: string): { generation: Generation; from: number } {
    const [, id = '', number = ''] = /^(.+):(-1|\d+)$/.exec(lastEventId) ?? [];
    const generation = this.#byId.get(id) ?? this.#reopen(id, owner);
    if (generation === undefined || generation.owner !== owner) throw notKept();
    return { generation, from: Number(number) + 1 };
  }

  #reopen(id: string, owner: string): Generation | undefined {
    const kept = this.#kept.take(id, owner);
    if (kept === undefined) return undefined;
    const generation = Generation.reopen(id, kept, this.#options, this.budget);
    this.#byId.set(id, generation);
    this.#keepLater(generation);
    return generation;
  }

  /** Whether it runs, or is read. */
  holds(id: string): boolean {
    return this.#byId.has(id);
  }

  has(generation: Generation): boolean {
    return this.#byId.get(generation.id) === generation;
  }

  /** A reader came; whatever was to happen without one does not. */
  attach(generation: Generation): void {
    const { id } = generation;
    this.#stopped.delete(generation);
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** A reader left. Without another one, the answer is cancelled at once, or after the grace period. */
  detach(generation: Generation, leaving: Leaving): void {
    if (generation.readers > 0 || !this.#byId.has(generation.id)) return;
    const grace = leaving === 'lost' && !this.#stopped.has(generation) ? this.#options.graceMs : 0;
    if (!generation.running) {
      if (leaving === 'gone') this.#forget(generation);
      else this.#keepLater(generation);
      return;
    }
    if (grace === 0) this.#cancel(generation);
    else this.#after(generation.id, grace, () => this.#cancel(generation));
  }

  /** Ends an answer whose reader leaves on purpose, as soon as nobody reads it. Tells whether there is such an answer. */
  stop(owner: string, id: string): boolean {
    const generation = this.#byId.get(id);
    if (!generation?.running || generation.owner !== owner) return false;
    this.#stopped.add(generation);
    this.detach(generation, 'stopped');
    return true;
  }

  /** Ends every answer, for a server that stops. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const generation of this.#byId.values())
      generation.cancel(new TrestleError('draining', 'The server is shutting down; try again'));
    this.#byId.clear();
    this.#kept.clear();
  }

  async #keepWhenEnded(generation: Generation): Promise<void> {
    await generation.ended;
    if (this.has(generation) && generation.readers === 0) this.#keepLater(generation);
  }

  #cancel(generation: Generation): void {
    generation.cancel(new TrestleError('cancelled', 'Nobody reads this answer any more'));
    this.#forget(generation);
  }

  #keepLater(generation: Generation): void {
    this.#after(generation.id, SETTLE_MS, () => {
      const kept = generation.toKept();
      this.#forget(generation);
      this.#kept.add(generation.id, kept);
    });
  }

  #after(id: string, milliseconds: number, act: () => void): void {
    clearTimeout(this.#timers.get(id));
    const timer = setTimeout(act, milliseconds);
    timer.unref();
    this.#timers.set(id, timer);
  }

  #forget(generation: Generation): void {
    const { id } = generation;
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#byId.delete(id);
    generation.release();
  }
}
