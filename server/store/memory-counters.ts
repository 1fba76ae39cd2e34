import { type Addition, type Claim, COUNTED_SECONDS, type Counters, type Full } from './counters.ts';

/** Amounts by the second in which they count, the oldest first. */
type Counter = Map<number, number>;

/** Counts of one process. */
export class MemoryCounters implements Counters {
  readonly #counters = new Map<string, Counter>();

  claim(claims: readonly Claim[]): Promise<Full[]> {
    const full = claims
      .map((claim) => ({ ...claim, ...this.#sumOf(claim) }))
      .filter(({ sum, amount, most }) => sum + amount > most)
      .map(({ counter, sum, first, at }) => ({ counter, sum, first: first ?? at }));
    if (full.length === 0) this.#addAll(claims);
    return Promise.resolve(full);
  }

  add(additions: readonly Addition[]): Promise<void> {
    this.#addAll(additions);
    return Promise.resolve();
  }

  sums(claims: readonly Pick<Claim, 'counter' | 'since'>[]): Promise<number[]> {
    return Promise.resolve(claims.map((claim) => this.#sumOf(claim).sum));
  }

  #addAll(additions: readonly Addition[]): void {
    for (const { counter: name, amount, at } of additions) {
      const counter = this.#counters.get(name) ?? new Map<number, number>();
      this.#counters.set(name, counter);
      counter.set(at, (counter.get(at) ?? 0) + amount);
      for (const second of counter.keys()) {
        if (second > at - COUNTED_SECONDS) break;
        counter.delete(second);
      }
    }
  }

  #sumOf({ counter: name, since }: Pick<Claim, 'counter' | 'since'>): { sum: number; first: number | undefined } {
    let sum = 0;
    let first: number | undefined;
    for (const [second, amount] of this.#counters.get(name) ?? []) {
      if (second < since) continue;
      first ??= second;
      sum += amount;
    }
    return { sum, first };
  }
}
