/** How late a clock may be before its process, or its page, is taken to have slept. */
const LATE_MS = 1000;

/**
 * Notices when the other side has said nothing for so long. A clock that is late gives it another second: what came
 * while the process slept is still to be read.
 */
export class SilenceWatch {
  readonly #limitMs: number;
  readonly #lost: () => void;
  #heardAt = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Begins to watch. `lost` is called once, unless {@link stop} is called before. */
  constructor(limitMs: number, lost: () => void) {
    this.#limitMs = limitMs;
    this.#lost = lost;
    this.#lookIn(limitMs);
  }

  /** Cheap: the clock is set again only when it rings. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #lookIn(milliseconds: number): void {
    const dueAt = performance.now() + milliseconds;
    this.#timer = setTimeout(() => {
      const now = performance.now();
      const left = this.#heardAt + this.#limitMs - now;
      // A timer may ring a fraction of a millisecond early.
      if (left > 1) this.#lookIn(left);
      else if (now - dueAt > LATE_MS) this.#lookIn(LATE_MS);
      else this.#lost();
    }, milliseconds);
  }
}
