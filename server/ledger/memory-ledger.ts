import {
  COUNTS,
  type Grouping,
  GROUPINGS,
  type Ledger,
  type LedgerEntry,
  type LedgerSum,
  type SumQuery,
} from './ledger.ts';

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
  /** By minute, project, key and model, the oldest first. */
  readonly #sums = new Map<string, LedgerSum>();
  /** The one that was added to last: most calls come by the same key, for the same model, in the same minute. */
  #last: LedgerSum | undefined;
  readonly #ids = new Set<string>();
  /** When each key had its last entry. */
  readonly #lastUse = new Map<string, number>();
  readonly #max: number;

  constructor(max = MAX_SUMS) {
    this.#max = max;
  }

  add(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) {
      if (entry.id !== null && !this.#isNew(entry.id)) continue;
      const { nanoDollars } = entry;
      this.#lastUse.set(entry.keyId, Math.max(entry.at, this.#lastUse.get(entry.keyId) ?? 0));
      const sum = this.#sumOf(Math.floor(entry.at / MINUTE) * MINUTE, entry);
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

  sums({ from, to, width, groupBy, only = {} }: SumQuery): Promise<LedgerSum[]> {
    const sums = new Map<string, LedgerSum>();
    for (const part of this.#sums.values()) {
      if (part.start < from || part.start >= to) continue;
      if (GROUPINGS.some((grouping) => only[grouping] && !only[grouping].includes(part[grouping]!))) continue;
      const start = Math.floor(part.start / width) * width;
      const group = Object.fromEntries(
        GROUPINGS.map((grouping) => [grouping, groupBy.includes(grouping) ? part[grouping] : null]),
      ) as Group;
      const name = nameOf(start, group);
      const sum = sums.get(name) ?? nothing(start, group);
      sums.set(name, sum);
      for (const count of SUMMED) sum[count] += part[count];
    }
    return Promise.resolve([...sums.values()].toSorted(byPlace));
  }

  lastUse(keyIds: readonly string[]): Promise<Map<string, number>> {
    return Promise.resolve(new Map([...this.#lastUse].filter(([keyId]) => keyIds.includes(keyId))));
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

  #sumOf(start: number, group: Group): LedgerSum {
    const last = this.#last;
    if (
      last?.start === start &&
      last.keyId === group.keyId &&
      last.model === group.model &&
      last.projectId === group.projectId
    )
      return last;
    const name = nameOf(start, group);
    const sum = this.#sums.get(name) ?? nothing(start, group);
    this.#last = sum;
    this.#sums.set(name, sum);
    if (this.#sums.size > this.#max) this.#sums.delete(this.#sums.keys().next().value!);
    return sum;
  }
}

const SUMMED = ['calls', 'nanoDollars', 'unpriced', ...COUNTS] as const;

type Group = Pick<LedgerSum, Grouping>;

function nameOf(start: number, { projectId, keyId, model }: Group): string {
  return `${start} ${projectId ?? ''} ${keyId ?? ''} ${model ?? ''}`;
}

function nothing(start: number, { projectId, keyId, model }: Group): LedgerSum {
  return {
    start,
    projectId,
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
  let order = one.start - other.start;
  for (const grouping of GROUPINGS) order ||= compare(one[grouping] ?? '', other[grouping] ?? '');
  return order;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
