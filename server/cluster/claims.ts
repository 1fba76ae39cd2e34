/** A worker that has a key. Each time that a key is given, it is another turn. */
export interface Claim {
  worker: number;
  turn: number;
}

/** Which worker answers the requests under each idempotency key; known to the primary alone, so that there is one truth. */
export class Claims {
  readonly #claims = new Map<string, Claim>();
  #turns = 0;

  /** The worker that has the key: the one that asks when nobody has it, or only the turn `stale`, whose worker has forgotten it. */
  take(key: string, worker: number, stale: number | null): Claim {
    const known = this.#claims.get(key);
    if (known !== undefined && known.turn !== stale) return known;
    this.#turns += 1;
    const claim = { worker, turn: this.#turns };
    this.#claims.set(key, claim);
    return claim;
  }

  find(key: string): Claim | null {
    return this.#claims.get(key) ?? null;
  }

  release(key: string, worker: number): void {
    if (this.#claims.get(key)?.worker === worker) this.#claims.delete(key);
  }

  /** A worker has ended, and its answers with it. */
  releaseAll(worker: number): void {
    for (const [key, claim] of this.#claims) if (claim.worker === worker) this.#claims.delete(key);
  }
}
