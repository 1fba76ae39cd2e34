import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLines } from '../../../server/upstream/read-lines.ts';

async function linesOf(bytes: Buffer, cuts: readonly number[]): Promise<string[]> {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  async function* pieces(): AsyncGenerator<Buffer> {
    for (const [index, place] of places.slice(1).entries()) yield bytes.subarray(places[index], place);
  }
  const lines: string[] = [];
  for await (const line of readLines(pieces())) lines.push(line);
  return lines;
}

test('lines come as they were written, wherever the bytes are cut', async () => {
  const anyLine = fc
    .array(fc.constantFrom('a', 'ß', '☃', '😀', '\u2028', '\u0085', '{"x":"\\n"}', ' '), { maxLength: 6 })
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyLine, { minLength: 1 }),
      fc.constantFrom('\n', '\r\n'),
      fc.array(fc.nat()),
      async (lines, end, cuts) => {
        const bytes = Buffer.from(`${lines.join(end)}${end}`);
        expect(await linesOf(bytes, cuts)).toEqual(lines);
      },
    ),
  );
});

test('a byte-order mark before the first line is none of it, and the last one needs no end', async () => {
  expect(await linesOf(Buffer.from('\ufeff{}\n\ufeffa'), [1, 2])).toEqual(['{}', '\ufeffa']);
  expect(await linesOf(Buffer.from(''), [])).toEqual([]);
});
