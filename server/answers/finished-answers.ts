import type { FinishedAnswer } from './finished-answer.ts';
import type { MemoryBudget } from './memory-budget.ts';

/** Finished answers by their ids, each for so long and as long as there is room. */
export class FinishedAnswers {
  readonly #keepMs: number;
  readonly #budget: MemoryBudget;
  /** In the order in which they are to be released; times are those of `performance.now()`. */
  readonly #byId = new Map<string, { answer: FinishedAnswer; until: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(keepMs: number, budget: MemoryBudget) {
    this.#keepMs = keepMs;
    this.#budget = budget;
  }

  get size(): number {
    return this.#byId.size;
  }

  add(id: string, answer: FinishedAnswer): void {
    this.#byId.set(id, { answer, until: performance.now() + this.#keepMs });
    this.#budget.add(answer.bytes);
    this.#budget.addReleasable(answer, () => this.#remove(id, answer));
    this.#budget.makeRoom();
    this.#wait();
  }

  /** Removes an answer for its owner; undefined when there is none. */
  take(id: string, owner: string): FinishedAnswer | undefined {
    const answer = this.#byId.get(id)?.answer;
    if (answer?.owner !== owner) return undefined;
    this.#remove(id, answer);
    return answer;
  }

  clear(): void {
    clearTimeout(this.#timer);
    for (const [id, { answer }] of this.#byId) this.#remove(id, answer);
  }

  #remove(id: string, answer: FinishedAnswer): void {
    this.#byId.delete(id);
    this.#budget.removeReleasable(answer);
    this.#budget.add(-answer.bytes);
  }

  /** One timer, for the answer that is to go first: one for each would cost as much as the answer. */
  #wait(): void {
    const [next] = this.#byId.values();
    if (this.#timer !== undefined || next === undefined) return;
    this.#timer = setTimeout(() => this.#releaseOld(), Math.max(1, next.until - performance.now()));
    this.#timer.unref();
  }

  #releaseOld(): void {
    this.#timer = undefined;
    for (const [id, { answer, until }] of this.#byId) {
      if (until > performance.now()) break;
      this.#remove(id, answer);
    }
    this.#wait();
  }
}
