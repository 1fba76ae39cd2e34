const NEW_LINE = 0x0a;

/**
 * The lines of JSONL, one by one, with neither a byte-order mark nor what ends them. Node's `readline` would end lines at
 * U+2028 as well, which may stand in a text of JSON.
 */
export async function* readLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  let isFirst = true;
  const take = (): string => {
    const line = Buffer.concat(begun).toString('utf8');
    begun = [];
    const start = isFirst && line.startsWith('\ufeff') ? 1 : 0;
    isFirst = false;
    return line.slice(start, line.endsWith('\r') ? -1 : undefined);
  };
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(NEW_LINE); end !== -1; end = piece.indexOf(NEW_LINE, start)) {
      begun.push(piece.subarray(start, end));
      start = end + 1;
      yield take();
    }
    if (start < piece.length) begun.push(piece.subarray(start));
  }
  if (begun.length > 0) yield take();
}
