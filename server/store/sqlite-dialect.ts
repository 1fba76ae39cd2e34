import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  sql,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteThread } from './sqlite-thread.ts';

/** Kysely's SQLite, with its statements run in a thread. */
export function createSqliteDialect(thread: SqliteThread): Dialect {
  return {
    createAdapter: () => new LockingAdapter(),
    createDriver: () => new ThreadDriver(thread),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** Kysely takes a file of SQLite for the file of one process, and locks nothing when it migrates it. */
class LockingAdapter extends SqliteAdapter {
  override async acquireMigrationLock(database: Kysely<unknown>): Promise<void> {
    await sql`begin immediate`.execute(database);
  }

  override async releaseMigrationLock(database: Kysely<unknown>): Promise<void> {
    await sql`commit`.execute(database);
  }
}

/** One connection, on which each statement is a transaction of its own. */
class ThreadDriver implements Driver {
  readonly #thread: SqliteThread;
  readonly #connection: DatabaseConnection;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
    this.#connection = new ThreadConnection(thread);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    throw new Error('the statements of several callers would mix');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  destroy(): Promise<void> {
    return this.#thread.close();
  }
}

class ThreadConnection implements DatabaseConnection {
  readonly #thread: SqliteThread;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
  }

  async executeQuery<Row>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes } = await this.#thread.execute(text, parameters);
    // Sound: a statement's type says what its columns are.
    return { rows: rows as Row[], numAffectedRows: BigInt(changes) };
  }

  streamQuery(): never {
    throw new Error('the storage streams no rows');
  }
}
