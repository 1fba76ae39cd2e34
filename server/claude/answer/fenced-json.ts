/** A fence and its label. Longer ones are not written, and need not be waited for. */
const FENCE = /^`{3,20}[\w-]{0,20}/;
const MAY_BECOME_FENCE = /^`{1,20}[\w-]{0,20}$/;
const MAX_FENCE_LENGTH = 40;

/** Takes the fence off a whole JSON answer; what stands in it is kept as it is. `cut` is {@link FenceStripper.cut}. */
export function stripFence(text: string): { text: string; cut: number } {
  const stripper = new FenceStripper();
  const stripped = stripper.push(text) + stripper.end();
  return { text: stripped, cut: stripper.cut };
}

/**
 * Takes a Markdown fence off JSON while it streams. The start is held until it is clear whether a fence opens it,
 * and back-ticks and white space at the end until more text follows. Every character is looked at once.
 */
export class FenceStripper {
  /** Characters taken off the start so far. */
  cut = 0;
  #place: 'before' | 'fence' | 'within' | 'text' = 'before';
  /** Only a fence that was opened is closed. */
  #fenced = false;
  #held = '';

  push(text: string): string {
    if (this.#place === 'text') return this.#pass(text);
    let rest = this.#place === 'fence' ? this.#held + text : this.#trim(text);
    this.#held = '';
    if (this.#place !== 'within') {
      if (rest === '') return '';
      // A fence is complete only once something else has come after it.
      if (rest.length < MAX_FENCE_LENGTH && MAY_BECOME_FENCE.test(rest)) {
        this.#place = 'fence';
        this.#held = rest;
        return '';
      }
      rest = this.#open(rest);
    }
    if (rest === '') return '';
    this.#place = 'text';
    return this.#pass(rest);
  }

  end(): string {
    const rest = this.#place === 'fence' ? this.#open(this.#held) : this.#held;
    this.#held = '';
    return this.#fenced || this.#place !== 'text' ? withoutClosing(rest) : rest;
  }

  /** What follows the fence that the text begins with, if it does. */
  #open(text: string): string {
    const fence = FENCE.exec(text)?.[0];
    this.#place = 'within';
    if (fence === undefined) return text;
    this.#fenced = true;
    this.cut += fence.length;
    return this.#trim(text.slice(fence.length));
  }

  #trim(text: string): string {
    const trimmed = text.trimStart();
    this.cut += text.length - trimmed.length;
    return trimmed;
  }

  #pass(text: string): string {
    const end = endOfText(text);
    if (end === 0) {
      this.#held += text;
      return '';
    }
    const ready = this.#held + text.slice(0, end);
    this.#held = text.slice(end);
    return ready;
  }
}

/** Where the back-ticks and the white space at the end begin. */
function endOfText(text: string): number {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '`' || text[end - 1]!.trim() === '')) end -= 1;
  return end;
}

function withoutClosing(text: string): string {
  const trimmed = text.trimEnd();
  let end = trimmed.length;
  while (trimmed[end - 1] === '`') end -= 1;
  return trimmed.length - end >= 3 ? trimmed.slice(0, end).trimEnd() : trimmed;
}
