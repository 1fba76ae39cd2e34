import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite, type SqliteFile } from './open-sqlite.ts';

/** A statement for the thread. */
export interface Statement {
  number: number;
  sql: string;
  parameters: readonly unknown[];
}

export interface Result {
  number: number;
  rows: object[];
  /** Rows that were written. */
  changes: number;
}

/** What came of a statement. */
export type Outcome = Result | { number: number; error: string };

const database = openSqlite(workerData as SqliteFile);

parentPort!.on('message', (statement: Statement | 'close') => {
  if (statement === 'close') {
    database.close();
    parentPort!.close();
  } else parentPort!.postMessage(execute(statement));
});

function execute({ number, sql, parameters }: Statement): Outcome {
  try {
    const prepared = database.prepare(sql);
    if (prepared.reader) return { number, rows: (prepared.all(parameters) as object[]).map(withBytes), changes: 0 };
    return { number, rows: [], changes: prepared.run(parameters).changes };
  } catch (thrown) {
    return { number, error: (thrown as Error).message };
  }
}

/** libsql gives a blob as an ArrayBuffer, which Kysely's users do not expect. */
function withBytes(row: object): object {
  const columns = Object.entries(row).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof ArrayBuffer ? new Uint8Array(value) : value,
  ]);
  return Object.fromEntries(columns) as object;
}
