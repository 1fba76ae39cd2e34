import { expect, test } from 'vitest';
import { isQuick } from '../../../../server/claude/schema/check-cost.ts';

const SMALL = { type: 'object', properties: { city: { type: 'string', maxLength: 20 } } };
const definitions = { a: { type: 'string' }, b: { allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] } };
const doubled = Object.fromEntries(
  Array.from({ length: 30 }, (_, level) => {
    const before = { $ref: `#/$defs/a${level - 1}` };
    return [`a${level}`, level === 0 ? {} : { allOf: [before, before] }];
  }),
);

test.each<[string, object, string[], boolean]>([
  ['a small schema', SMALL, ['{"city":"Oslo"}'], true],
  ['a small schema and several answers', SMALL, Array.from({ length: 128 }, () => '{"city":"Oslo"}'), true],
  ['references', { $defs: definitions, properties: { x: { $ref: '#/$defs/b' } } }, ['{"x":"y"}'], true],
  ['a long answer', SMALL, ['x'.repeat(5000)], false],
  ['answers that are long together', SMALL, ['x'.repeat(3000), 'x'.repeat(3000)], false],
  ['a large schema', { enum: ['x'.repeat(3000)] }, ['1'], false],
  ['a pattern', { pattern: 'a' }, ['1'], false],
  ['items that differ', { uniqueItems: true }, ['1'], false],
  ['a recursion', { properties: { x: { $ref: '#' } } }, ['1'], false],
  ['a recursion of two', { $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { $ref: '#/$defs/a' } } }, ['1'], false],
  ['definitions that double', { $defs: doubled, $ref: '#/$defs/a29' }, ['1'], false],
  ['another document', { $ref: 'https://example.com/a' }, ['1'], false],
])('%s: whether the check is quick is known before', (_name, schema, texts, quick) => {
  expect(isQuick(texts, schema, JSON.stringify(schema))).toBe(quick);
});
