import { setImmediate } from 'node:timers/promises';

/** Milliseconds for which long work may keep the process to itself. */
const TURN_MS = 20;

/** Lets others run between the steps of long work. */
export class Turns {
  #begunAt = performance.now();

  /** Between two steps. */
  async next(): Promise<void> {
    if (performance.now() - this.#begunAt < TURN_MS) return;
    await setImmediate();
    this.#begunAt = performance.now();
  }
}
