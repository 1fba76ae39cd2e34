const OPENING = /^\s*(```+[\w-]*[^\S\n]*\n?)?\s*/;
const CLOSING = /\s*(?:```+\s*)?$/;

/** The longest text that may still turn out to be a fence: "```json" with room for a longer label. */
const LONGEST_OPENING = 24;

/** Takes the fence off a whole JSON answer; what stands in it is kept as it is. `cut` is {@link FenceStripper.cut}. */
export function stripFence(text: string): { text: string; cut: number } {
  const stripper = new FenceStripper();
  const stripped = stripper.push(text) + stripper.end();
  return { text: stripped, cut: stripper.cut };
}

/**
 * Takes a Markdown fence off JSON while it streams. The start is held until it is clear whether a fence opens it,
 * and back-ticks and white space at the end until more text follows.
 */
export class FenceStripper {
  /** Characters taken off the start so far. */
  cut = 0;
  #opened = false;
  /** Only a fence that was opened is closed. */
  #fenced = false;
  #held = '';

  push(text: string): string {
    let ready = this.#held + text;
    if (!this.#opened) {
      const [{ length: start }, fence] = OPENING.exec(ready)!;
      // A fence is complete only once something else has come after it.
      if (start === ready.length || mayBecomeFence(ready)) {
        this.#held = ready;
        return '';
      }
      ready = ready.slice(start);
      this.cut = start;
      this.#opened = true;
      this.#fenced = fence !== undefined;
    }
    const end = /[\s`]*$/.exec(ready)!.index;
    this.#held = ready.slice(end);
    return ready.slice(0, end);
  }

  end(): string {
    const rest = this.#opened ? this.#held : this.#held.replace(OPENING, '');
    this.#held = '';
    return this.#fenced || !this.#opened ? rest.replace(CLOSING, '') : rest;
  }
}

function mayBecomeFence(text: string): boolean {
  const start = text.trimStart();
  return start.length < LONGEST_OPENING && /^`+[\w-]*$/.test(start);
}
