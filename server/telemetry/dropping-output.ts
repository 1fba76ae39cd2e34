import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';

/** Bytes that may wait for a disk or a pipe; what comes beyond that is dropped. */
const MAX_WAITING = 1024 * 1024;
/** Milliseconds between two tries after a failure. */
const RETRY_MS = 1000;
/** How long the end of the process waits for what has not been written. */
const LAST_LINES_MS = 1000;

/**
 * Text to a file descriptor that never blocks the process. Node writes to standard output synchronously: a pipe that
 * nobody reads stops every answer, and a full disk the end of the process as well. Here lines are dropped and counted
 * instead, and standard error says so once. pino's own destination does not do: with `sync: false` a pipe that nobody
 * reads keeps the process from ending (pino 10.4, test/life/log-output).
 */
export class DroppingOutput {
  readonly #fd: number;
  #stream: Writable;
  #dropped = 0;
  #failedAt = Number.NEGATIVE_INFINITY;
  #hasComplained = false;

  constructor(fd: number) {
    this.#fd = fd;
    this.#stream = this.#open();
  }

  /** Texts that were dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  write(text: string): void {
    if (this.#stream.destroyed && performance.now() - this.#failedAt > RETRY_MS) this.#stream = this.#open();
    if (this.#stream.destroyed || this.#stream.writableLength > MAX_WAITING) return this.#drop('nobody reads it');
    this.#stream.write(text);
  }

  /** Resolves when all is written, or when there is no more time for it. */
  async close(): Promise<void> {
    const stream = this.#stream;
    const late = setTimeout(() => stream.destroy(), LAST_LINES_MS);
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
    clearTimeout(late);
    // Not `end`, which would shut a socket down that other processes write to as well.
    stream.destroy();
  }

  #open(): Writable {
    return openDescriptor(this.#fd).on('error', (error: NodeJS.ErrnoException) => {
      this.#failedAt = performance.now();
      this.#drop(error.code ?? error.message);
    });
  }

  #drop(why: string): void {
    this.#dropped += 1;
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    openDescriptor(2)
      .on('error', () => {})
      .write(`trestle: the log can't be written (${why}); its lines are dropped and counted in /metrics\n`);
  }
}

/** A stream that waits for a pipe without a thread, and for a file with one; it leaves the descriptor open. */
function openDescriptor(fd: number): Writable {
  try {
    const stat = fstatSync(fd);
    if (!stat.isFIFO() && !stat.isSocket()) return createWriteStream('', { fd, autoClose: false });
    // Unreferenced: a reader that takes nothing must not keep the process.
    return new Socket({ fd, readable: false, writable: true }).unref();
  } catch {
    // Closed by whoever started the process.
    return new Writable({ write: (_chunk, _encoding, done) => done() });
  }
}
