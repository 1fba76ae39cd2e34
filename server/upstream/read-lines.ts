const NEW_LINE = 0x0a;

/**
 * Splits JSONL into its lines, with neither a byte-order mark nor what ends them. Node's `readline` would end lines at
 * U+2028 as well, which may stand in a text of JSON.
 */
export class LineSplitter {
  #begun: Buffer[] = [];
  #isFirst = true;

  /** The lines that end in this piece. */
  *push(piece: Buffer): Generator<string> {
    let start = 0;
    for (let end = piece.indexOf(NEW_LINE); end !== -1; end = piece.indexOf(NEW_LINE, start)) {
      this.#begun.push(piece.subarray(start, end));
      start = end + 1;
      yield this.#take();
    }
    if (start < piece.length) this.#begun.push(piece.subarray(start));
  }

  /** The last line, where nothing ends it. */
  *end(): Generator<string> {
    if (this.#begun.length > 0) yield this.#take();
  }

  #take(): string {
    const line = Buffer.concat(this.#begun).toString('utf8');
    this.#begun = [];
    const start = this.#isFirst && line.startsWith('\ufeff') ? 1 : 0;
    this.#isFirst = false;
    return line.slice(start, line.endsWith('\r') ? -1 : undefined);
  }
}

/** The lines of JSONL, one by one. */
export async function* readLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const splitter = new LineSplitter();
  for await (const piece of pieces) yield* splitter.push(piece);
  yield* splitter.end();
}
