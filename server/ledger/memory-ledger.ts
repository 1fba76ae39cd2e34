import { COUNTS, type Ledger, type LedgerEntry, type LedgerSum, type SumQuery } from './ledger.ts';

/** Sums that are kept; the oldest go first. One is a minute of a key and a model. */
const MAX_SUMS = 50_000;
/** Ids of entries that are known to be there; the oldest are forgotten first. */
const MAX_IDS = 100_000;
const MINUTE = 60;

/**
 * What the calls of one process cost, since its start. It keeps sums and no entries: what every call leaves behind makes
 * each collection of garbage dearer.
 */
export class MemoryLedger implements Ledger {
  /** By minute, key and model, the oldest first. */
  readonly #sums = new Map<string, LedgerSum>();
  /** The one that was added to last: most calls come by the same key, for the same model, in the same minute. */
  #last: LedgerSum | undefined;
  readonly #ids = new Set<string>();
  readonly #max: number;

  constructor(max = MAX_SUMS) {
    this.#max = max;
  }

  add(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) {
      if (entry.id !== null && !this.#isNew(entry.id)) continue;
      const { keyId, model, nanoDollars } = entry;
      const sum = this.#sumOf(Math.floor(entry.at / MINUTE) * MINUTE, keyId, model);
      sum.calls += 1;
      // Each by its name: a loop over the names takes ten times as long.
      sum.inputTokens += entry.inputTokens;
      sum.cacheReadTokens += entry.cacheReadTokens;
      sum.cacheWriteTokens += entry.cacheWriteTokens;
      sum.outputTokens += entry.outputTokens;
      sum.reasoningTokens += entry.reasoningTokens;
      sum.webSearches += entry.webSearches;
      if (nanoDollars === null) sum.unpriced += 1;
      else sum.nanoDollars += nanoDollars;
    }
  }

  write(entries: readonly LedgerEntry[]): Promise<void> {
    this.add(entries);
    return Promise.resolve();
  }

  sums({ from, to, width, groupBy, keyIds, models }: SumQuery): Promise<LedgerSum[]> {
    const sums = new Map<string, LedgerSum>();
    for (const part of this.#sums.values()) {
      if (part.start < from || part.start >= to) continue;
      if ((keyIds && !keyIds.includes(part.keyId!)) || (models && !models.includes(part.model!))) continue;
      const start = Math.floor(part.start / width) * width;
      const keyId = groupBy.includes('keyId') ? part.keyId : null;
      const model = groupBy.includes('model') ? part.model : null;
      const name = nameOf(start, keyId, model);
      const sum = sums.get(name) ?? nothing(start, keyId, model);
      sums.set(name, sum);
      for (const count of SUMMED) sum[count] += part[count];
    }
    return Promise.resolve([...sums.values()].toSorted(byPlace));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #isNew(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > MAX_IDS) this.#ids.delete(this.#ids.values().next().value!);
    return true;
  }

  #sumOf(start: number, keyId: string, model: string): LedgerSum {
    const last = this.#last;
    if (last?.start === start && last.keyId === keyId && last.model === model) return last;
    const name = nameOf(start, keyId, model);
    const sum = this.#sums.get(name) ?? nothing(start, keyId, model);
    this.#last = sum;
    this.#sums.set(name, sum);
    if (this.#sums.size > this.#max) this.#sums.delete(this.#sums.keys().next().value!);
    return sum;
  }
}

const SUMMED = ['calls', 'nanoDollars', 'unpriced', ...COUNTS] as const;

function nameOf(start: number, keyId: string | null, model: string | null): string {
  return `${start} ${keyId ?? ''} ${model ?? ''}`;
}

function nothing(start: number, keyId: string | null, model: string | null): LedgerSum {
  return {
    start,
    keyId,
    model,
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
}

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
