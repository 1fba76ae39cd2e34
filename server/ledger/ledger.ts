import type { Spending, SpentCall } from '../calls/spending.ts';

/** One call that Claude answered, with what it cost. It has nothing of what was asked or answered. */
export interface LedgerEntry extends SpentCall {
  /** Entries with the same id are kept once; null for one that can't come twice. */
  id: string | null;
  /** Unix seconds, when its tokens were known. */
  at: number;
  /** The id of the key that its caller presented. */
  keyId: string;
  projectId: string;
  /** The date of the prices. */
  priceVersion: string;
}

/** What the entries of a sum have in common. */
export const GROUPINGS = ['projectId', 'keyId', 'model'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface SumQuery {
  /** Unix seconds, from which on, and before which: whole minutes. */
  from: number;
  to: number;
  /** Seconds that one sum covers, counted from 1970 on: whole minutes. */
  width: number;
  groupBy: readonly Grouping[];
  /** Only entries of these keys, projects and models; all when left out. */
  only?: Partial<Record<Grouping, readonly string[] | undefined>>;
}

/** The sum of some entries. */
export interface LedgerSum extends Omit<SpentCall, 'model' | 'nanoDollars'> {
  /** Unix seconds, when its time begins. */
  start: number;
  /** Null where the entries are not grouped by it. */
  projectId: string | null;
  keyId: string | null;
  model: string | null;
  calls: number;
  /** Of the calls that have a price. */
  nanoDollars: number;
  /** Calls of models without a price. */
  unpriced: number;
}

/** What every call to Claude cost. */
export interface Ledger {
  /** Never throws: what can't be written is tried again, and told to the operator. */
  add(entries: readonly LedgerEntry[]): void;
  /** Resolves when the entries are durable. Rejects when they can't be written: then the caller tries again later. */
  write(entries: readonly LedgerEntry[]): Promise<void>;
  /** The sums by time, then by project, key and model, of everything that was added before. */
  sums(query: SumQuery): Promise<LedgerSum[]>;
  /** When each of these keys had its last entry, in Unix seconds; those without one are left out. */
  lastUse(keyIds: readonly string[]): Promise<Map<string, number>>;
  close(): Promise<void>;
}

/** The counts that are added up. */
export const COUNTS = [
  'inputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'outputTokens',
  'reasoningTokens',
  'webSearches',
] as const satisfies readonly (keyof LedgerEntry)[];

/** The entries of an answer's calls, as of now. */
export function toEntries({ access, calls, batchRequest }: Spending, priceVersion: string): LedgerEntry[] {
  const at = Date.now() / 1000;
  // Field by field: spreading the call takes 3 µs.
  return calls.map((call, index) => ({
    id: batchRequest === undefined ? null : `${batchRequest}/${index}`,
    at,
    keyId: access.keyId,
    projectId: access.projectId,
    model: call.model,
    inputTokens: call.inputTokens,
    cacheReadTokens: call.cacheReadTokens,
    cacheWriteTokens: call.cacheWriteTokens,
    outputTokens: call.outputTokens,
    reasoningTokens: call.reasoningTokens,
    webSearches: call.webSearches,
    nanoDollars: call.nanoDollars,
    priceVersion,
  }));
}
