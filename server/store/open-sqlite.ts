import Database from 'libsql';

/** What is started in a thread. */
export interface SqliteFile {
  path: string;
  /** How long a statement waits for other processes that write, in milliseconds. */
  busyMs: number;
}

/** Milliseconds between two tries. */
const RETRY_MS = 5;

/**
 * Opens a file of SQLite, which is made where there is none. Several processes read beside one that writes. A power cut
 * may take the last documents, and never breaks the file. Blocks its thread while it waits.
 */
export function openSqlite({ path, busyMs }: SqliteFile): Database.Database {
  const database = new Database(path, { timeout: busyMs });
  // Two that make the same file may each wait for the other one here: SQLite gives both up at once, without the wait above.
  for (const until = performance.now() + busyMs; ;) {
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
      return database;
    } catch (thrown) {
      if ((thrown as { code?: unknown }).code !== 'SQLITE_BUSY' || performance.now() > until) throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
