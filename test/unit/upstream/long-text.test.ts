import { getDefaultHighWaterMark } from 'node:stream';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { LongText, PIECE_BYTES } from '../../../server/upstream/long-text.ts';

it('is the same bytes as the text, told as often as it is asked for', () => {
  const parts = fc.array(fc.constantFrom('a', 'ü', '漢', '😀', '\n'), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(parts, fc.integer({ min: 0, max: 3 * PIECE_BYTES }), (some, length) => {
      const pattern = some.join('');
      const text = pattern.repeat(Math.ceil(length / pattern.length));
      const long = new LongText(text);
      const bytes = Buffer.from(text);
      expect(long.byteLength).toBe(bytes.length);
      for (let times = 0; times < 2; times += 1) {
        // All of them are taken before the first is read.
        const pieces = Array.from(long);
        expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

it('gives pieces for which any stream makes its writer wait, but for the last', () => {
  const pieces = Array.from(new LongText('漢'.repeat(PIECE_BYTES)), ({ length }) => length);
  expect(pieces.length).toBeGreaterThan(2);
  for (const length of pieces.slice(0, -1)) expect(length).toBeGreaterThan(2 * getDefaultHighWaterMark(false));
});

it('does not write over the last piece, which may still wait to be written', () => {
  const [last] = new LongText('x');
  const [other] = new LongText('y');
  expect([String.fromCodePoint(last![0]!), String.fromCodePoint(other![0]!)]).toEqual(['x', 'y']);
});
