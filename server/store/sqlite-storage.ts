import { Kysely, type RawBuilder, sql } from 'kysely';
import { migrate, type Tables } from './migrations.ts';
import type { Seal } from './seal.ts';
import { COLUMNS, SealedRows } from './sealed-rows.ts';
import { createSqliteDialect } from './sqlite-dialect.ts';
import { SqliteThread } from './sqlite-thread.ts';
import {
  type Change,
  type ListQuery,
  type NewDocument,
  type Page,
  type Place,
  RECORD_KINDS,
  type Storage,
  type StorageOptions,
  type StoredDocument,
  secondsNow,
  unknownCursor,
} from './storage.ts';

/** How long a statement waits for other processes that write. */
const BUSY_MS = 10_000;
/** How often expired documents are removed; nobody sees them before that either. */
const SWEEP_MS = 60_000;
/** How many expired documents are removed by one statement, so that nobody waits long for it. */
const SWEEP_ROWS = 500;
const SEAL_CHECK = 'trestle';

export interface SqliteOptions extends StorageOptions {
  path: string;
  seal: Seal;
  /** Maximum bytes of all documents, about; a sweep removes the oldest ones. */
  maxBytes?: number | undefined;
  /** Receives what goes wrong outside of any call. */
  onFailure: (error: unknown) => void;
}

const PLACE = ['kind', 'owner', 'id'] as const;

/** Of a row that is stored or changed again. */
const NEXT_VERSION = sql<number>`documents.version + 1`;

/** The file was begun with another key, or without one. */
export class WrongKeyError extends Error {
  override readonly name = 'WrongKeyError';
}

/** Documents in a file of SQLite, which several processes may have open. */
export class SqliteStorage implements Storage {
  /** For what else is in the file; it is closed with this. */
  readonly database: Kysely<Tables>;
  readonly #seal: Seal;
  readonly #rows: SealedRows;
  readonly #keepSeconds: number;
  readonly #now: () => number;
  readonly #maxBytes: number | undefined;
  readonly #sweeping: NodeJS.Timeout;

  private constructor({ path, seal, maxBytes, onFailure, keepSeconds, now = secondsNow }: SqliteOptions) {
    const thread = new SqliteThread({ path, busyMs: BUSY_MS });
    this.database = new Kysely<Tables>({ dialect: createSqliteDialect(thread) });
    this.#seal = seal;
    this.#rows = new SealedRows(seal);
    this.#keepSeconds = keepSeconds;
    this.#now = now;
    this.#maxBytes = maxBytes;
    this.#sweeping = setInterval(() => void this.#sweepAll().catch(onFailure), SWEEP_MS).unref();
  }

  /** Rejects when the file can't be opened, and with a {@link WrongKeyError}. */
  static async open(options: SqliteOptions): Promise<SqliteStorage> {
    const storage = new SqliteStorage(options);
    try {
      await migrate(storage.database);
      await storage.#checkSeal();
      return storage;
    } catch (thrown) {
      await storage.close();
      throw thrown;
    }
  }

  async put(place: Place, document: NewDocument): Promise<void> {
    const values = this.#toValues(place, document);
    await this.database
      .insertInto('documents')
      .values({ ...place, ...values })
      .onConflict((conflict) => conflict.columns(PLACE).doUpdateSet({ ...values, version: NEXT_VERSION }))
      .execute();
  }

  async create(place: Place, document: NewDocument): Promise<boolean> {
    const values = this.#toValues(place, document);
    const created = await this.database
      .insertInto('documents')
      .values({ ...place, ...values })
      .onConflict((conflict) =>
        conflict
          .columns(PLACE)
          .doUpdateSet({ ...values, version: NEXT_VERSION })
          .where('documents.expires_at', '<=', this.#now()),
      )
      .returning('version')
      .executeTakeFirst();
    return created !== undefined;
  }

  async get(place: Place, renew = false): Promise<StoredDocument | undefined> {
    const row = await this.database
      .selectFrom('documents')
      .select(COLUMNS)
      .where((is) => is.and({ ...place }))
      .where('expires_at', '>', this.#now())
      .executeTakeFirst();
    if (row && renew && row.expires_at < this.#now() + this.#keepSeconds / 2) await this.#renew(place);
    return row && this.#rows.open(place, row);
  }

  async update(place: Place, { document, metadata, version }: Change): Promise<StoredDocument | undefined> {
    const row = await this.database
      .updateTable('documents')
      .set({
        version: NEXT_VERSION,
        ...(document !== undefined && this.#rows.sealDocument(place, document)),
        ...(metadata !== undefined && this.#rows.sealMetadata(place, metadata)),
      })
      .where((is) => is.and({ ...place, ...(version !== undefined && { version }) }))
      .where('expires_at', '>', this.#now())
      .returning(COLUMNS)
      .executeTakeFirst();
    return row && this.#rows.open(place, row);
  }

  async delete(place: Place): Promise<boolean> {
    const { numDeletedRows } = await this.database
      .deleteFrom('documents')
      .where((is) => is.and({ ...place }))
      .where('expires_at', '>', this.#now())
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async list({ kind, owner }: Omit<Place, 'id'>, query: ListQuery): Promise<Page> {
    const { after, limit, order, parent = '', metadata, model } = query;
    const all = this.database
      .selectFrom('documents')
      .where((is) => is.and({ kind, owner, parent }))
      .where('expires_at', '>', this.#now());
    let found = all;
    if (after) {
      const last = await all.select(['created_at', 'sequence']).where('id', '=', after).executeTakeFirst();
      if (last === undefined) throw unknownCursor(after);
      const comes = sql.raw(order === 'asc' ? '>' : '<');
      found = found.where(sql<boolean>`(created_at, sequence) ${comes} (${last.created_at}, ${last.sequence})`);
    }
    if (model) found = found.where(holds('models', this.#rows.labelOfModel(model)));
    for (const [name, value] of Object.entries(metadata ?? {}))
      found = found.where(holds('labels', this.#rows.labelOfNote(name, value)));
    const rows = await found
      .select(COLUMNS)
      .orderBy('created_at', order)
      .orderBy('sequence', order)
      .limit(limit + 1)
      .execute();
    const documents = rows.slice(0, limit).map((row) => this.#rows.open({ kind, owner, id: row.id }, row));
    return { documents, hasMore: rows.length > limit };
  }

  /** Removes expired documents, at most some hundred. Returns whether there may be more. */
  async sweep(): Promise<boolean> {
    const { numDeletedRows } = await this.database
      .deleteFrom('documents')
      .where('sequence', 'in', (from) =>
        from.selectFrom('documents').select('sequence').where('expires_at', '<=', this.#now()).limit(SWEEP_ROWS),
      )
      .executeTakeFirst();
    return numDeletedRows >= SWEEP_ROWS;
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeping);
    await this.database.destroy();
  }

  /** Removes the oldest documents of too many. */
  async makeRoom(): Promise<void> {
    if (this.#maxBytes === undefined) return;
    const sums = sql`select sequence, sum(length(document)) over (order by sequence desc) as bytes from documents
      where kind not in (${sql.join(RECORD_KINDS)})`;
    await sql`delete from documents where sequence in (select sequence from (${sums}) where bytes > ${this.#maxBytes})`.execute(
      this.database,
    );
  }

  async #sweepAll(): Promise<void> {
    while (await this.sweep());
    await this.makeRoom();
  }

  async #renew(place: Place): Promise<void> {
    await this.database
      .updateTable('documents')
      .set({ expires_at: this.#now() + this.#keepSeconds })
      .where((is) => is.and({ ...place }))
      .execute();
  }

  /** Whoever opens a file first says how it is sealed. */
  async #checkSeal(): Promise<void> {
    await this.database
      .insertInto('seal_check')
      .values({ id: 1, sealed: this.#seal.seal(SEAL_CHECK, SEAL_CHECK) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { sealed } = await this.database.selectFrom('seal_check').select('sealed').executeTakeFirstOrThrow();
    try {
      this.#seal.open(sealed, SEAL_CHECK);
    } catch (cause) {
      throw new WrongKeyError('the file was begun with another key, or without one', { cause });
    }
  }

  #toValues(
    place: Place,
    { document, createdAt, metadata = {}, models = [], parent = '', expiresAt }: NewDocument,
  ): Pick<Tables['documents'], 'parent' | 'created_at' | 'expires_at' | 'models' | 'metadata' | 'labels' | 'document'> {
    return {
      parent,
      created_at: createdAt,
      expires_at: expiresAt ?? this.#now() + this.#keepSeconds,
      models: JSON.stringify(models.map((model) => this.#rows.labelOfModel(model))),
      ...this.#rows.sealDocument(place, document),
      ...this.#rows.sealMetadata(place, metadata),
    };
  }
}

/** Whether a JSON list has this entry. */
function holds(column: 'models' | 'labels', label: string): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from json_each(${sql.ref(column)}) where value = ${label})`;
}
