import { describe, expect, it } from 'vitest';
import { isSimplePattern } from '../../../../server/claude/schema/simple-pattern.ts';

describe('isSimplePattern', () => {
  it.each([
    '',
    '^$',
    '^[a-z]+$',
    'part',
    String.raw`^\d{4}-\d{2}-\d{2}$`,
    String.raw`^\d{3}\-\d{4}$`,
    '^(a|b)c?$',
    '^(?:ab){2,}$',
    String.raw`^[^@\s]+@[\w.-]+$`,
    'a|b',
    String.raw`costs \$`,
    '^größe$',
    String.raw`^\\begin$`,
    '^a{100}$',
  ])('takes %s', (pattern) => {
    expect(isSimplePattern(pattern)).toBe(true);
  });

  it.each([
    ['lookahead', '(?=a)b'],
    ['lookbehind', '(?<!a)b'],
    ['a backreference', String.raw`(a)\1`],
    ['a named group', '(?<year>a)'],
    ['a word boundary', String.raw`\bword\b`],
    ['no word boundary', String.raw`\Bword`],
    ['a lazy repetition', 'a+?'],
    ['Unicode properties', String.raw`^\p{L}+$`],
    ['code points', String.raw`\u0041`],
    ['an anchor within', 'a^b'],
    ['an anchor of one branch', '^a|b$'],
    ['a large repetition', 'a{101}'],
    ['a large upper bound', 'a{1,500}'],
    ['repetitions that multiply', '(a{50}){50}'],
    ['what is no expression', '('],
  ])('does not take %s', (_name, pattern) => {
    expect(isSimplePattern(pattern)).toBe(false);
  });
});
