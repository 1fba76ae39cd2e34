import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { TrestleError } from '../../shared/error.ts';
import { type Asked, Generation, type GenerationLimits, notKept } from './generation.ts';

export interface GenerationsOptions extends GenerationLimits {
  /** How long an answer goes on without a reader, in milliseconds. 0 ends it with its last reader. */
  graceMs: number;
  /** How long a finished answer can still be read, in milliseconds. */
  keepMs: number;
  /** Of all answers together, in bytes, about; the oldest finished ones make room. */
  totalBytes: number;
}

/** How a reader left: `lost` with its connection, `stopped` on purpose, or `gone` without a way to come back. */
export type Leaving = 'lost' | 'stopped' | 'gone';

/** All answers that run or can still be read. */
export class Generations {
  readonly #options: GenerationsOptions;
  readonly #byId = new Map<string, Generation>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(options: GenerationsOptions) {
    this.#options = options;
  }

  /** Answers that are under way. */
  get running(): number {
    return [...this.#byId.values()].filter((generation) => generation.running).length;
  }

  /** Bytes kept for readers that come back, about. */
  get bytes(): number {
    let bytes = 0;
    for (const generation of this.#byId.values()) bytes += generation.bytes;
    return bytes;
  }

  /** Starts an answer. Its signal ends when the answer is cancelled, not when any one reader leaves. */
  start(asked: Asked, source: (signal: AbortSignal) => AsyncIterable<ChatCompletionChunk>): Generation {
    this.#makeRoom();
    const abort = new AbortController();
    const generation = new Generation(asked, abort, this.#options);
    this.#byId.set(asked.id, generation);
    generation.start(source(abort.signal));
    void this.#forgetWhenEnded(generation);
    return generation;
  }

  /** The answer and the number to go on from, by the id of the last chunk seen (`…:-1`: none). Throws 412 when it can't be. */
  find(owner: string, lastEventId: string): { generation: Generation; from: number } {
    const [, id = '', number = ''] = /^(.+):(-1|\d+)$/.exec(lastEventId) ?? [];
    const generation = this.#byId.get(id);
    if (generation === undefined || generation.owner !== owner) throw notKept();
    return { generation, from: Number(number) + 1 };
  }

  has(generation: Generation): boolean {
    return this.#byId.get(generation.id) === generation;
  }

  /** A reader came; whatever was to happen without one does not. */
  attach({ id }: Generation): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** A reader left. Without another one, the answer is cancelled at once, or after the grace period. */
  detach(generation: Generation, leaving: Leaving): void {
    if (generation.readers > 0 || !this.#byId.has(generation.id)) return;
    const grace = leaving === 'lost' ? this.#options.graceMs : 0;
    if (!generation.running) {
      if (leaving === 'gone') this.#forget(generation.id);
      else this.#forgetLater(generation);
      return;
    }
    if (grace === 0) this.#cancel(generation);
    else this.#after(generation.id, grace, () => this.#cancel(generation));
  }

  /** Ends every answer, for a server that stops. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const generation of this.#byId.values())
      generation.cancel(new TrestleError('draining', 'The server is shutting down; try again'));
    this.#byId.clear();
  }

  async #forgetWhenEnded(generation: Generation): Promise<void> {
    await generation.ended;
    if (this.has(generation) && generation.readers === 0) this.#forgetLater(generation);
  }

  #cancel(generation: Generation): void {
    generation.cancel(new TrestleError('cancelled', 'Nobody reads this answer any more'));
    this.#forget(generation.id);
  }

  #forgetLater({ id }: Generation): void {
    this.#after(id, this.#options.keepMs, () => this.#forget(id));
  }

  #after(id: string, milliseconds: number, act: () => void): void {
    clearTimeout(this.#timers.get(id));
    const timer = setTimeout(act, milliseconds);
    timer.unref();
    this.#timers.set(id, timer);
  }

  #forget(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#byId.delete(id);
  }

  #makeRoom(): void {
    if (this.bytes <= this.#options.totalBytes) return;
    for (const [id, generation] of this.#byId) {
      if (generation.running || generation.readers > 0) continue;
      this.#forget(id);
      if (this.bytes <= this.#options.totalBytes) return;
    }
  }
}
