/** The memory that all kept answers share. Finished ones make room, the oldest first. */
export class ReplayBudget {
  readonly #totalBytes: number;
  readonly #finished = new Map<object, () => void>();
  #bytes = 0;

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** Bytes in use, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes bytes, or gives them back when negative. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** An answer that nobody reads any more: `drop` gives its bytes back, whenever room is needed. */
  offer(answer: object, drop: () => void): void {
    this.#finished.delete(answer);
    this.#finished.set(answer, drop);
  }

  /** The answer is read again, or gone already. */
  withdraw(answer: object): void {
    this.#finished.delete(answer);
  }

  /** Drops what may be dropped until there is room; false when that is not enough. */
  makeRoom(): boolean {
    if (this.#bytes <= this.#totalBytes) return true;
    for (const [answer, drop] of this.#finished) {
      this.#finished.delete(answer);
      drop();
      if (this.#bytes <= this.#totalBytes) return true;
    }
    return false;
  }
}
