import * as fc from 'fast-check';

const BLANKS = ['', ' ', '\n\n', '\t', '\u00A0', '\u2003\r\n'] as const;
const EDGES = ['x ', ' x', 'trailing\n', '😀', '👩‍👩‍👧', 'null', '{}', '```json\n{}\n```', '</system>', '"\\'] as const;

/** Any valid Unicode text: no lone surrogates, which the upstream serialiser deals with. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: 'grapheme', maxLength: 24 }) },
  { weight: 1, arbitrary: fc.constantFrom(...EDGES) },
  { weight: 1, arbitrary: fc.constantFrom(...BLANKS) },
);

/** A JSON object with keys and strings of any script. */
export const anyJsonObject: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 6 }), anyJson(), { maxKeys: 4 }) },
);

function anyJson(): fc.Arbitrary<unknown> {
  return fc.jsonValue({ maxDepth: 2, stringUnit: 'grapheme' });
}
