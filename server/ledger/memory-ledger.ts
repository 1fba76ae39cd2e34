import { COUNTS, type Ledger, type LedgerEntry, type LedgerSum, type SumQuery } from './ledger.ts';

/** Entries that are kept; the oldest go first. */
const MAX_ENTRIES = 100_000;

/** What the calls of one process cost, since its start. */
export class MemoryLedger implements Ledger {
  #entries: LedgerEntry[] = [];
  readonly #ids = new Set<string>();
  readonly #max: number;

  constructor(max = MAX_ENTRIES) {
    this.#max = max;
  }

  add(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) {
      if (entry.id !== null && this.#ids.has(entry.id)) continue;
      if (entry.id !== null) this.#ids.add(entry.id);
      this.#entries.push(entry);
    }
    // Seldom, since all of them are copied.
    if (this.#entries.length < 2 * this.#max) return;
    for (const { id } of this.#entries.slice(0, -this.#max)) if (id !== null) this.#ids.delete(id);
    this.#entries = this.#entries.slice(-this.#max);
  }

  write(entries: readonly LedgerEntry[]): Promise<void> {
    this.add(entries);
    return Promise.resolve();
  }

  sums({ from, to, width, groupBy, keyIds, models }: SumQuery): Promise<LedgerSum[]> {
    const sums = new Map<string, LedgerSum>();
    for (const entry of this.#entries) {
      if (entry.at < from || entry.at >= to) continue;
      if ((keyIds && !keyIds.includes(entry.keyId)) || (models && !models.includes(entry.model))) continue;
      const place = {
        start: Math.floor(entry.at / width) * width,
        keyId: groupBy.includes('keyId') ? entry.keyId : null,
        model: groupBy.includes('model') ? entry.model : null,
      };
      const name = JSON.stringify(place);
      const sum = sums.get(name) ?? { ...place, ...NOTHING };
      sums.set(name, sum);
      sum.calls += 1;
      for (const count of COUNTS) sum[count] += entry[count];
      if (entry.nanoDollars === null) sum.unpriced += 1;
      else sum.nanoDollars += entry.nanoDollars;
    }
    return Promise.resolve([...sums.values()].toSorted(byPlace));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const NOTHING = {
  calls: 0,
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  webSearches: 0,
  nanoDollars: 0,
  unpriced: 0,
};

function byPlace(one: LedgerSum, other: LedgerSum): number {
  return (
    one.start - other.start ||
    compare(one.keyId ?? '', other.keyId ?? '') ||
    compare(one.model ?? '', other.model ?? '')
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
