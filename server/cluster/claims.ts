/** Which worker answers the requests under each idempotency key; known to the primary alone, so that there is one truth. */
export class Claims {
  readonly #workers = new Map<string, number>();

  /** The worker that has the key: the one that asks when nobody has it, or only `stale`, which has forgotten it. */
  take(key: string, worker: number, stale: number | null): number {
    const known = this.#workers.get(key);
    if (known !== undefined && known !== stale) return known;
    this.#workers.set(key, worker);
    return worker;
  }

  find(key: string): number | null {
    return this.#workers.get(key) ?? null;
  }

  release(key: string, worker: number): void {
    if (this.#workers.get(key) === worker) this.#workers.delete(key);
  }

  /** A worker has ended, and its answers with it. */
  releaseAll(worker: number): void {
    for (const [key, owner] of this.#workers) if (owner === worker) this.#workers.delete(key);
  }
}
