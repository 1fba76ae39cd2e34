import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SqliteFile } from './open-sqlite.ts';
import type { Outcome, Result, Statement } from './sqlite-worker.ts';

const ENTRY = new URL(`./sqlite-worker${extname(import.meta.filename)}`, import.meta.url);
/** Run from sources, the thread has to read TypeScript first. */
const FROM_SOURCES = `import('tsx/esm/api').then(({ register }) => { register(); return import('${ENTRY.href}'); });`;

interface Waiting {
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
}

function startWorker(workerData: SqliteFile): Worker {
  return ENTRY.href.endsWith('.ts')
    ? new Worker(FROM_SOURCES, { eval: true, workerData })
    : new Worker(ENTRY, { workerData });
}

/**
 * SQLite in a thread. Most statements take a third of a millisecond, but one that waits for the disk, or for another
 * process that writes, takes a hundred of them or more, and SQLite blocks the thread that it runs in.
 */
export class SqliteThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #number = 0;
  /** Why nothing can be asked any more. */
  #ended: Error | undefined;

  constructor(file: SqliteFile) {
    this.#worker = startWorker(file);
    this.#worker.on('message', (outcome: Outcome) => this.#settle(outcome));
    this.#worker.on('error', (error) => this.#end(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#end(new Error('the thread of the storage has ended'));
        resolve();
      });
    });
    // An idle thread keeps no process alive.
    this.#worker.unref();
  }

  /** Rejects with SQLite's failure. */
  execute(sql: string, parameters: readonly unknown[]): Promise<Result> {
    if (this.#ended) return Promise.reject(this.#ended);
    const statement: Statement = { number: (this.#number += 1), sql, parameters };
    if (this.#waiting.size === 0) this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(statement.number, { resolve, reject });
      this.#worker.postMessage(statement);
    });
  }

  /** Statements that the thread has got are still done. */
  async close(): Promise<void> {
    this.#ended ??= new Error('the storage is closed');
    this.#worker.ref();
    this.#worker.postMessage('close');
    await this.#exited;
  }

  #settle(outcome: Outcome): void {
    const waiting = this.#waiting.get(outcome.number);
    this.#waiting.delete(outcome.number);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('rows' in outcome) waiting?.resolve(outcome);
    else waiting?.reject(new Error(outcome.error));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
