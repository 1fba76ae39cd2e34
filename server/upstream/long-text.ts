/** Bytes of a piece: more than any socket takes without making its writer wait. */
export const PIECE_BYTES = 256 * 1024;
/** Memory for pieces that is kept for the next text. */
const MAX_FREE = 8;

const encoder = new TextEncoder();
const free: Uint8Array<ArrayBuffer>[] = [];

/**
 * A long text as a request's body, told again by each iteration. Its bytes as a whole would be a block outside V8's
 * heap for each request, which costs more than the encoding, and lies there until all of the heap is looked through.
 * So they come piece by piece, in memory that is used again: whoever takes a piece must have written it before
 * it asks for the next. A stream does, since a piece is longer than its high-water mark; the last one, which may be
 * short, is not written over.
 */
export class LongText {
  #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** In UTF-8. */
  get byteLength(): number {
    return Buffer.byteLength(this.#text);
  }

  /** It is not sent again: undici holds on to a request's body until the answer's end. */
  release(): void {
    this.#text = '';
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    const text = this.#text;
    const memory = free.pop() ?? new Uint8Array(PIECE_BYTES);
    for (let start = 0; start < text.length;) {
      const { read, written } = encoder.encodeInto(text.slice(start), memory);
      start += read;
      yield start < text.length ? memory.subarray(0, written) : memory.slice(0, written);
    }
    if (free.length < MAX_FREE) free.push(memory);
  }
}
