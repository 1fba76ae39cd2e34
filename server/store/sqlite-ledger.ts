import { type Kysely, sql } from 'kysely';
import {
  COUNTS,
  type Grouping,
  GROUPINGS,
  type Ledger,
  type LedgerEntry,
  type LedgerSum,
  type SumQuery,
} from '../ledger/ledger.ts';
import type { Tables } from './migrations.ts';

/** How long entries wait to be written together, in milliseconds. */
const FLUSH_MS = 50;
/** Entries of one statement: SQLite takes 32,766 parameters. */
const ROWS = 500;
/** Maximum number of entries that wait while the disk fails; the oldest of more than that are lost, and the operator is told. */
const MAX_WAITING = 100_000;
const SWEEP_MS = 60 * 60_000;

export interface SqliteLedgerOptions {
  /** How long an entry is kept, in seconds. */
  keepSeconds: number;
  /** Receives what goes wrong; the entries are tried again. */
  onFailure: (error: unknown) => void;
}

/** What every call cost, in a file of SQLite. */
export class SqliteLedger implements Ledger {
  readonly #database: Kysely<Tables>;
  readonly #options: SqliteLedgerOptions;
  #waiting: LedgerEntry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  readonly #sweeping: NodeJS.Timeout;

  constructor(database: Kysely<Tables>, options: SqliteLedgerOptions) {
    this.#database = database;
    this.#options = options;
    this.#sweeping = setInterval(() => void this.sweep().catch(options.onFailure), SWEEP_MS).unref();
  }

  add(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) this.#waiting.push(entry);
    this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_MS).unref();
  }

  async write(entries: readonly LedgerEntry[]): Promise<void> {
    for (let start = 0; start < entries.length; start += ROWS) await this.#insert(entries.slice(start, start + ROWS));
  }

  async sums({ from, to, width, groupBy, only = {} }: SumQuery): Promise<LedgerSum[]> {
    await this.#flush();
    const start = sql<number>`cast(at / ${width} as integer) * ${width}`;
    let found = this.#database.selectFrom('ledger').where('at', '>=', from).where('at', '<', to);
    for (const grouping of GROUPINGS) if (only[grouping]) found = found.where(grouping, 'in', only[grouping]);
    const group = (grouping: Grouping) =>
      sql<string | null>`${groupBy.includes(grouping) ? sql.ref(grouping) : sql`null`}`.as(grouping);
    return await found
      .select((entry) => [
        start.as('start'),
        ...GROUPINGS.map(group),
        entry.fn.countAll<number>().as('calls'),
        ...COUNTS.map((count) => entry.fn.sum<number>(count).as(count)),
        sql<number>`coalesce(sum("nanoDollars"), 0)`.as('nanoDollars'),
        sql<number>`sum("nanoDollars" is null)`.as('unpriced'),
      ])
      .groupBy([sql`1`, sql`2`, sql`3`, sql`4`])
      .orderBy(sql`1, 2, 3, 4`)
      .execute();
  }

  async lastUse(keyIds: readonly string[]): Promise<Map<string, number>> {
    await this.#flush();
    const found = await this.#database
      .selectFrom('ledger')
      .where('keyId', 'in', keyIds)
      .groupBy('keyId')
      .select((entry) => ['keyId', entry.fn.max('at').as('at')])
      .execute();
    return new Map(found.map(({ keyId, at }) => [keyId, at]));
  }

  /** Removes what has been kept for long enough. */
  async sweep(now = Date.now() / 1000): Promise<void> {
    await this.#database
      .deleteFrom('ledger')
      .where('at', '<', now - this.#options.keepSeconds)
      .execute();
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeping);
    await this.#flush();
    clearTimeout(this.#timer);
  }

  /** Resolves when all that was added before is written, or has failed. */
  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeWaiting());
    return this.#writing;
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const entries = this.#waiting.splice(0, ROWS);
      try {
        await this.#insert(entries);
      } catch (error) {
        this.#options.onFailure(error);
        this.#waiting.unshift(...entries);
        const lost = this.#waiting.splice(0, Math.max(this.#waiting.length - MAX_WAITING, 0)).length;
        if (lost > 0) this.#options.onFailure(new Error(`${lost} entries of the ledger are lost`));
        this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_MS * 20).unref();
        return;
      }
    }
  }

  async #insert(entries: readonly LedgerEntry[]): Promise<void> {
    await this.#database
      .insertInto('ledger')
      .values(entries)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  }
}
