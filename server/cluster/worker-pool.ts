import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { StartOptions } from '../process/running-server.ts';
import { type Snapshot, Totals } from '../telemetry/snapshot.ts';
import { Claims } from './claims.ts';
import { ALIVE_EVERY_MS, type Report } from './worker-messages.ts';
import { WorkerProcess } from './worker-process.ts';

/** A worker that ends sooner is taken to end for the same reason as the one before it. */
const STEADY_MS = 10_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;
/** Ends in a row after which a server without any worker gives up. */
const MAX_FAILURES = 5;
/** A worker that says nothing for so long hangs: a collection of garbage, or a busy machine, takes less. */
const HANGS_AFTER_MS = 10_000;
/** Beyond the time that running calls have to finish. */
const KILL_AFTER_MS = 10_000;

/** The workers: as many as there are to be, each replaced when it ends. */
export class WorkerPool {
  readonly #options: StartOptions;
  readonly #token = randomBytes(32).toString('base64url');
  readonly #workers = new Set<WorkerProcess>();
  readonly #claims = new Claims();
  /** What ended workers have counted. */
  readonly #totals = new Totals();
  #ended: Snapshot = [];
  #failures = 0;
  #begun = false;
  #stopping = false;
  #restarting = false;

  constructor(options: StartOptions) {
    this.#options = options;
  }

  /** Resolves to the URL when all of them listen. */
  async start(): Promise<string> {
    const workers = Array.from({ length: this.#options.config.workers }, () => this.#fork());
    try {
      const urls = await Promise.all(workers.map(({ listening }) => listening));
      this.#begun = true;
      setInterval(() => this.#killHanging(), ALIVE_EVERY_MS).unref();
      return urls[0]!;
    } catch (thrown) {
      this.#stopping = true;
      for (const worker of workers) worker.kill();
      await Promise.all(workers.map(({ exited }) => exited));
      throw thrown;
    }
  }

  /** Replaces the workers one after the other: the new one listens before the old one lets its callers go. */
  async restart(): Promise<void> {
    const { logger } = this.#options.log;
    if (this.#restarting || this.#stopping) return;
    this.#restarting = true;
    logger.info('restarting: each worker is replaced by a new one');
    try {
      for (const old of this.#listening()) {
        const replacement = this.#fork();
        await replacement.listening;
        if (this.#stopping) return;
        old.isLeaving = true;
        logger.info(
          { worker: replacement.number, instead: old.number },
          'a new worker listens; the old one lets its callers go',
        );
        old.tell({ order: 'retire' });
        await old.drained;
      }
      logger.info('restarted: all workers are new');
    } catch (thrown) {
      logger.error({ reason: (thrown as Error).message }, 'a new worker does not start; the old ones stay');
    } finally {
      this.#restarting = false;
      this.#fill();
    }
  }

  async stop(gently: boolean): Promise<void> {
    this.#stopping = true;
    const workers = [...this.#workers];
    for (const worker of workers) {
      if (worker.isListening) worker.tell({ order: 'stop', gently });
      else worker.kill();
    }
    const late = setTimeout(() => {
      for (const worker of workers) worker.kill();
    }, this.#options.config.drainTimeoutMs + KILL_AFTER_MS);
    await Promise.all(workers.map(({ exited }) => exited));
    clearTimeout(late);
  }

  /** Each is replaced as if it had crashed. */
  #killHanging(): void {
    for (const worker of this.#workers) {
      if (!worker.isListening || performance.now() - worker.heardAt < HANGS_AFTER_MS) continue;
      this.#options.log.logger.error({ worker: worker.number }, 'a worker hangs, and is killed');
      worker.kill();
    }
  }

  #listening(): WorkerProcess[] {
    return [...this.#workers].filter(({ isListening, isLeaving }) => isListening && !isLeaving);
  }

  #fork(): WorkerProcess {
    const { claude, demo, config } = this.#options;
    const worker = new WorkerProcess(
      { token: this.#token, claude, demo, storage: config.storage },
      { onReport: (from, report) => this.#hear(from, report), onExit: (from) => void this.#replace(from) },
    );
    this.#workers.add(worker);
    return worker;
  }

  #hear(worker: WorkerProcess, report: Report): void {
    switch (report.report) {
      case 'door':
        this.#tellPeers();
        break;
      case 'claim': {
        const { claim, key, take, stale } = report;
        const held = take ? this.#claims.take(key, worker.number, stale) : this.#claims.find(key);
        worker.tell({ order: 'claimed', claim, held });
        break;
      }
      case 'release':
        this.#claims.release(report.key, worker.number);
        break;
      case 'ended':
        worker.isLeaving = true;
        worker.port = undefined;
        this.#tellPeers();
        void this.#keepTotals(report.counted);
        break;
      default:
    }
  }

  async #keepTotals(counted: Snapshot): Promise<void> {
    this.#ended = await this.#totals.add(counted);
    this.#tellPeers();
  }

  #tellPeers(): void {
    const ports = [...this.#workers].flatMap(({ number, port }): [number, number][] =>
      port === undefined ? [] : [[number, port]],
    );
    for (const worker of this.#workers) worker.tell({ order: 'peers', ports, ended: this.#ended });
  }

  async #replace(gone: WorkerProcess): Promise<void> {
    const { logger } = this.#options.log;
    const how = await gone.exited;
    this.#workers.delete(gone);
    this.#claims.releaseAll(gone.number);
    this.#tellPeers();
    if (this.#stopping || !this.#begun) return;
    if (!gone.isLeaving) {
      this.#failures = performance.now() - gone.startedAt > STEADY_MS ? 1 : this.#failures + 1;
      logger.error({ worker: gone.number, how }, 'a worker has ended; another one takes its place');
      if (this.#failures >= MAX_FAILURES && this.#listening().length === 0) this.#giveUp();
      await wait(Math.min(FIRST_DELAY_MS * 2 ** (this.#failures - 1), MAX_DELAY_MS));
    }
    this.#fill();
  }

  /** During a restart there is one more, or one is missed: what counts is how many there are after it. */
  #fill(): void {
    const staying = [...this.#workers].filter(({ isLeaving }) => !isLeaving).length;
    if (this.#stopping || this.#restarting) return;
    for (let count = staying; count < this.#options.config.workers; count += 1) this.#fork();
  }

  #giveUp(): void {
    process.stderr.write(`Trestle stops: ${this.#failures} workers in a row have ended right after their start\n`);
    process.exit(1);
  }
}
