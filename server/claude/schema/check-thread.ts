import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Checked } from './check-schema.ts';
import type { CheckOrder, CheckReport } from './check-worker.ts';

/** Maximum time of one order, counted from the thread's start. */
const MAX_MILLISECONDS = 1000;
/** For a machine with much else to do. */
const MAX_START_MS = 10_000;
const RESOURCES = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };
const TOO_MUCH = 'that takes too long or too much memory';

const ENTRY = new URL(`./check-worker${extname(import.meta.filename)}`, import.meta.url);
/** Run from sources, the thread has to read TypeScript first. */
const FROM_SOURCES = `import('tsx/esm/api').then(({ register }) => { register(); return import('${ENTRY.href}'); });`;

function startWorker(): Worker {
  if (ENTRY.href.endsWith('.ts')) return new Worker(FROM_SOURCES, { eval: true, resourceLimits: RESOURCES });
  return new Worker(ENTRY, { resourceLimits: RESOURCES });
}

/** A thread that checks answers, and is ended by what takes too long or too much memory. */
export class CheckThread {
  readonly #worker = startWorker();
  readonly #ready: Promise<boolean>;
  #onReport: ((report: CheckReport) => void) | undefined;
  #onEnd: () => void = () => {};
  hasEnded = false;

  constructor() {
    const starting = setTimeout(() => void this.end(), MAX_START_MS).unref();
    this.#ready = new Promise((resolve) => {
      this.#worker.on('message', (message: CheckReport | 'ready') => {
        if (message !== 'ready') return this.#onReport?.(message);
        clearTimeout(starting);
        resolve(true);
      });
      // Out of memory, mostly. What is not caught here would end the process.
      this.#worker.on('error', () => {});
      this.#worker.once('exit', () => {
        this.hasEnded = true;
        clearTimeout(starting);
        resolve(false);
        this.#onEnd();
      });
    });
  }

  /** What each of the texts breaks, in their order. One order at a time. */
  async check(order: CheckOrder): Promise<Checked[]> {
    const results: Checked[] = order.texts.map(() => ({ unchecked: TOO_MUCH }));
    this.#worker.ref();
    if (await this.#ready) await this.#run(order, results);
    // An idle thread keeps no process alive.
    this.#worker.unref();
    return results;
  }

  async #run(order: CheckOrder, results: Checked[]): Promise<void> {
    const timer = setTimeout(() => void this.end(), MAX_MILLISECONDS);
    await new Promise<void>((resolve) => {
      let left = results.length;
      this.#onEnd = resolve;
      this.#onReport = ({ index, checked }) => {
        results[index] = checked;
        left -= 1;
        if (left === 0) resolve();
      };
      if (this.hasEnded) resolve();
      else this.#worker.postMessage(order);
    });
    clearTimeout(timer);
    this.#onReport = undefined;
  }

  async end(): Promise<void> {
    this.hasEnded = true;
    await this.#worker.terminate();
  }
}
