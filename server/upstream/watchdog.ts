/** Aborts a call when Claude stays silent. Time counts only while Claude is waited for, never while a caller reads slowly. */
export class Watchdog {
  readonly #expire: (milliseconds: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #limit = 0;
  #waiting = false;

  constructor(expire: (milliseconds: number) => void) {
    this.#expire = expire;
  }

  /** Starts to wait, for `milliseconds` at most. */
  start(milliseconds: number): void {
    this.#waiting = true;
    if (this.#timer !== undefined && this.#limit === milliseconds) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#limit = milliseconds;
    this.#timer = setTimeout(() => {
      if (this.#waiting) this.#expire(milliseconds);
    }, milliseconds);
  }

  /** Something came. The timer itself is kept for the next wait. */
  stop(): void {
    this.#waiting = false;
  }

  dispose(): void {
    this.#waiting = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
