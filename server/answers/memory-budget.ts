/** The memory that all kept answers share. Finished ones make room, the oldest first. */
export class MemoryBudget {
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

  /** An answer that nobody reads any more: `release` gives its bytes back when room is needed. */
  addReleasable(answer: object, release: () => void): void {
    this.#finished.delete(answer);
    this.#finished.set(answer, release);
  }

  /** The answer is read again, or gone already. */
  removeReleasable(answer: object): void {
    this.#finished.delete(answer);
  }

  /** Releases answers until there is room; returns false when that is not enough. */
  makeRoom(): boolean {
    if (this.#bytes <= this.#totalBytes) return true;
    for (const [answer, release] of this.#finished) {
      this.#finished.delete(answer);
      release();
      if (this.#bytes <= this.#totalBytes) return true;
    }
    return false;
  }
}
