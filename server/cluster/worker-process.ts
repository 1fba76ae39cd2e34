import cluster, { type Worker } from 'node:cluster';
import { StartError } from '../process/start-error.ts';
import { closeUntakenConnections } from './handed-connections.ts';
import type { Order, Report, StartOrder } from './worker-messages.ts';

export interface WorkerEvents {
  /** What is not about the worker's own life. */
  onReport(worker: WorkerProcess, report: Report): void;
  onExit(worker: WorkerProcess): void;
}

/** A worker as the primary sees it. */
export class WorkerProcess {
  readonly #worker: Worker;
  readonly startedAt = performance.now();
  /** When it last said anything, by `performance.now()`. */
  heardAt = this.startedAt;
  /** The port of its private door. */
  port: number | undefined;
  isListening = false;
  /** It is to end: no other one has to take its place. */
  isLeaving = false;
  /** Resolves to the URL; rejects with a `StartError` when it ends before. */
  readonly listening: Promise<string>;
  /** Resolves when nothing runs in it any more. */
  readonly drained: Promise<void>;
  /** Resolves to how it ended. */
  readonly exited: Promise<string>;

  constructor(start: Omit<StartOrder, 'worker'>, events: WorkerEvents) {
    this.#worker = cluster.fork();
    closeUntakenConnections(this.#worker.process);
    this.exited = new Promise((resolve) => {
      this.#worker.once('exit', (code, signal: string | null) => resolve(signal ?? `code ${code}`));
    });
    const { promise: listening, resolve, reject } = withResolvers<string>();
    const { promise: drained, resolve: onDrained } = withResolvers<void>();
    this.listening = listening;
    this.drained = drained;
    // Whoever waits for neither is not to be told.
    listening.catch(() => {});
    this.#worker.on('message', (report: Report) => {
      this.heardAt = performance.now();
      if (report.report === 'listening') {
        this.isListening = true;
        resolve(report.url);
      } else if (report.report === 'failed') reject(new StartError(report.message));
      else if (report.report === 'drained') onDrained();
      else if (report.report === 'loaded') this.tell({ order: 'start', start: { ...start, worker: this.number } });
      else if (report.report === 'door') this.port = report.port;
      events.onReport(this, report);
    });
    this.#worker.on('error', () => {});
    const end = async (): Promise<void> => {
      reject(new StartError(`Trestle can't start: a worker ended before it listened (${await this.exited})`));
      this.isListening = false;
      onDrained();
      events.onExit(this);
    };
    void end();
  }

  get number(): number {
    return this.#worker.id;
  }

  tell(order: Order): void {
    if (this.#worker.isConnected()) this.#worker.send(order, () => {});
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  return { promise, resolve, reject };
}
