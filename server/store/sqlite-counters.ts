import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type Addition, type Claim, COUNTED_SECONDS, type Counters, type Full } from './counters.ts';
import type { Tables } from './migrations.ts';

const SWEEP_SECONDS = 60;

/** Counts in a file of SQLite, which several processes may have open. */
export class SqliteCounters implements Counters {
  readonly #database: Kysely<Tables>;
  readonly #onFailure: (error: unknown) => void;
  /** Unix seconds, when what counts no more was last removed. */
  #sweptAt = 0;

  /** @param onFailure receives what goes wrong outside of any call */
  constructor(database: Kysely<Tables>, onFailure: (error: unknown) => void) {
    this.#database = database;
    this.#onFailure = onFailure;
  }

  /** One statement, which has the file for itself: of several processes at once each sees what the others claimed. */
  async claim(claims: readonly Claim[]): Promise<Full[]> {
    const [one] = claims;
    if (one === undefined) return [];
    this.#sweepNowAndThen(one.at);
    const { rows } = await sql`
      with asked(counter, amount, most, at, since) as (values ${sql.join(claims.map(toRow))}),
      exceeded as (select 1 from asked where amount + ${SUM} > most)
      insert into counters (counter, at, amount)
      select counter, at, amount from asked where not exists (select 1 from exceeded)
      on conflict (counter, at) do update set amount = amount + excluded.amount
      returning counter`.execute(this.#database);
    if (rows.length > 0) return [];
    const full = await sql<Full>`
      with asked(counter, amount, most, at, since) as (values ${sql.join(claims.map(toRow))})
      select counter, ${SUM} as sum, coalesce(${FIRST}, at) as first from asked
      where amount + ${SUM} > most`.execute(this.#database);
    // Where others have just given something back, the caller finds room when it comes again.
    return full.rows.length > 0
      ? full.rows
      : claims.slice(0, 1).map(({ counter, at }) => ({ counter, sum: 0, first: at }));
  }

  async add(additions: readonly Addition[]): Promise<void> {
    const [first] = additions;
    if (first === undefined) return;
    this.#sweepNowAndThen(first.at);
    await this.#database
      .insertInto('counters')
      .values(additions.map(({ counter, at, amount }) => ({ counter, at, amount })))
      .onConflict((conflict) =>
        conflict.columns(['counter', 'at']).doUpdateSet({ amount: sql`counters.amount + excluded.amount` }),
      )
      .execute();
  }

  async sums(claims: readonly Pick<Claim, 'counter' | 'since'>[]): Promise<number[]> {
    if (claims.length === 0) return [];
    const asked = claims.map(({ counter, since }) => sql`(${counter}, ${since})`);
    const { rows } = await sql<{ sum: number }>`
      with asked(counter, since) as (values ${sql.join(asked)}) select ${SUM} as sum from asked`.execute(
      this.#database,
    );
    return rows.map(({ sum }) => sum);
  }

  /** Removes what counts no more. */
  async sweep(now = Date.now() / 1000): Promise<void> {
    await this.#database
      .deleteFrom('counters')
      .where('at', '<=', Math.floor(now) - COUNTED_SECONDS)
      .execute();
  }

  /** Not by a timer: what nobody adds to need not be looked after. */
  #sweepNowAndThen(now: number): void {
    if (now < this.#sweptAt + SWEEP_SECONDS) return;
    this.#sweptAt = now;
    this.sweep(now).catch(this.#onFailure);
  }
}

const SUM = sql<number>`coalesce(
  (select sum(c.amount) from counters c where c.counter = asked.counter and c.at >= asked.since), 0)`;
const FIRST = sql<number | null>`
  (select min(c.at) from counters c where c.counter = asked.counter and c.at >= asked.since)`;

function toRow({ counter, amount, most, at, since }: Claim): RawBuilder<unknown> {
  return sql`(${counter}, ${amount}, ${most}, ${at}, ${since})`;
}
