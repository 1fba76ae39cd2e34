/** Bytes of a piece: more than any socket takes without making its writer wait. */
export const PIECE_BYTES = 256 * 1024;

const encoder = new TextEncoder();
/** Where a piece is encoded before its length is known. */
const scratch = new Uint8Array(PIECE_BYTES);

/**
 * A long text as a request's body, told again by each iteration. Its bytes as a whole would be a block outside V8's
 * heap for each request, which lies there until all of the heap is looked through. So they come piece by piece, as the
 * socket takes them. Each piece is memory of its own: whoever writes it may still hold it when it asks for the next.
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
    for (let start = 0; start < text.length;) {
      const { read, written } = encoder.encodeInto(text.slice(start), scratch);
      start += read;
      yield scratch.slice(0, written);
    }
  }
}
