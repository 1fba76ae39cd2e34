import { describe, expect, it, test } from 'vitest';
import { toValidSchema } from '../../../../server/claude/schema/valid-schema.ts';

const string = { type: 'string' };
const number = { type: 'number' };

/** The schema as draft 2020-12 takes it, and what was left out or rewritten on the way. */
function validOf(schema: Record<string, unknown>): { schema: unknown; left: string[] } {
  const left: string[] = [];
  return { schema: toValidSchema(schema, left), left };
}

describe('a schema of an older draft', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, string[]]>([
    [
      'a tuple',
      { type: 'array', items: [string, number] },
      { type: 'array', prefixItems: [string, number] },
      ['/items'],
    ],
    [
      'a closed tuple',
      { type: 'array', items: [string, number], additionalItems: false },
      { type: 'array', prefixItems: [string, number], items: false },
      ['/items', '/additionalItems'],
    ],
    [
      'a tuple with more of one kind behind it',
      { additionalItems: number, items: [string] },
      { items: number, prefixItems: [string] },
      ['/additionalItems', '/items'],
    ],
    [
      'a tuple within what follows a tuple',
      { items: [string], additionalItems: { items: [number], additionalItems: false } },
      { prefixItems: [string], items: { prefixItems: [number], items: false } },
      ['/items', '/additionalItems/items', '/additionalItems/additionalItems', '/additionalItems'],
    ],
    [
      'bounds that say that they are exclusive',
      { minimum: 1, exclusiveMinimum: true, maximum: 5, exclusiveMaximum: true },
      { minimum: 1, exclusiveMinimum: 1, maximum: 5, exclusiveMaximum: 5 },
      ['/exclusiveMinimum', '/exclusiveMaximum'],
    ],
    [
      'bounds that say that they are not',
      { minimum: 1, exclusiveMinimum: false },
      { minimum: 1 },
      ['/exclusiveMinimum'],
    ],
  ])('has its meaning in the new words: %s', (_name, schema, expected, left) => {
    const valid = validOf(schema);
    expect(valid.schema).toEqual(expected);
    expect(valid.left.toSorted()).toEqual(left.toSorted());
  });

  it('is rewritten wherever in the schema it stands', () => {
    const tuple = { type: 'array', items: [string], additionalItems: false };
    const schema = {
      type: 'object',
      properties: { a: tuple },
      $defs: { b: { anyOf: [tuple, string] } },
      additionalProperties: tuple,
    };
    const rewritten = { type: 'array', prefixItems: [string], items: false };
    expect(validOf(schema).schema).toEqual({
      type: 'object',
      properties: { a: rewritten },
      $defs: { b: { anyOf: [rewritten, string] } },
      additionalProperties: rewritten,
    });
  });
});

describe('a keyword that draft 2020-12 does not take', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['a type that is none', { type: 'text', description: 'd' }, { description: 'd' }, '/type'],
    [
      "draft 4's boolean required",
      { properties: { a: { type: 'string', required: true } } },
      { properties: { a: string } },
      '/properties/a/required',
    ],
    ['a count below 0', { type: 'array', minItems: -1 }, { type: 'array' }, '/minItems'],
    ['an empty choice', { anyOf: [], type: 'string' }, string, '/anyOf'],
  ])('is left out and named: %s', (_name, schema, expected, left) => {
    expect(validOf(schema)).toEqual({ schema: expected, left: [left] });
  });
});

describe('a bad entry', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, string[]]>([
    ['names that come twice', { required: ['a', 'a', 'b'] }, { required: ['a', 'b'] }, ['/required']],
    ['a name that is none', { required: ['a', 1] }, { required: ['a'] }, ['/required/1']],
    ['a type that comes twice', { type: ['string', 'string'] }, { type: ['string'] }, ['/type']],
    [
      'required among the properties',
      { properties: { coin: string, required: ['coin'] }, required: ['coin'] },
      { properties: { coin: string }, required: ['coin'] },
      ['/properties/required'],
    ],
    [
      'a property that is a list',
      { properties: { file: string, range: [number, number] }, required: ['file'] },
      { properties: { file: string }, required: ['file'] },
      ['/properties/range'],
    ],
    [
      'a definition, which others name',
      { $defs: { a: 'x', b: string }, properties: { a: { $ref: '#/$defs/a' } } },
      { $defs: { a: true, b: string }, properties: { a: { $ref: '#/$defs/a' } } },
      ['/$defs/a'],
    ],
    ['a branch', { anyOf: [string, 'number', number] }, { anyOf: [string, number] }, ['/anyOf/1']],
    [
      'an item of a tuple',
      { prefixItems: [string, 1, number] },
      { prefixItems: [string, true, number] },
      ['/prefixItems/1'],
    ],
    [
      'what a property requires',
      { dependentRequired: { a: ['b', 'b'], c: 'd' } },
      { dependentRequired: { a: ['b'] } },
      ['/dependentRequired/a', '/dependentRequired/c'],
    ],
  ])('goes alone: %s', (_name, schema, expected, left) => {
    expect(validOf(schema)).toEqual({ schema: expected, left });
  });
});

describe('a pattern', () => {
  test.each<[string, string]>([
    [String.raw`^[\.\,\*]+$`, String.raw`^[\.,\*]+$`],
    [String.raw`^\w+\@\w+\-\'x$`, String.raw`^\w+@\w+-'x$`],
    [String.raw`[\w\-]+`, String.raw`[\w\-]+`],
    [String.raw`(?P<year>\d{4})-(?P=year)`, String.raw`(?<year>\d{4})-\k<year>`],
    [String.raw`\A{[a-z]}\Z`, String.raw`^\{[a-z]\}$`],
  ])('of another language is written in ours: %s', (pattern, expected) => {
    const { schema } = validOf({ type: 'string', pattern });
    expect(schema).toEqual({ type: 'string', pattern: expected });
  });

  test.each(['(', '(?i)^yes$', '(?>a)'])('that has no such form is described: %s', (pattern) => {
    expect(validOf({ type: 'string', pattern, description: 'A word.' })).toEqual({
      schema: { type: 'string', description: `A word. (matching the regular expression ${pattern})` },
      left: ['/pattern'],
    });
  });

  it('under not or if takes all of it along, since less would fit without it', () => {
    expect(validOf({ type: 'string', not: { pattern: '(?i)no' } })).toEqual({
      schema: { type: 'string', description: '(must not fit {"pattern":"(?i)no"})' },
      left: ['/not/pattern'],
    });
    const { schema } = validOf({ if: { properties: { a: { pattern: '(?i)no' } } }, then: { required: ['b'] } });
    expect(Object.keys(schema as object)).toEqual(['description']);
    expect(JSON.stringify(schema)).toContain('(?i)no');
  });

  it('in a branch of oneOf makes it anyOf, so that what fitted one of them still fits', () => {
    const { schema } = validOf({ oneOf: [{ pattern: '(?i)no' }, { type: 'string' }] });
    expect(schema).toMatchObject({ anyOf: [{ description: expect.stringContaining('(?i)no') as unknown }, string] });
    expect(schema).not.toHaveProperty('oneOf');
  });
});

describe('a schema that is valid', () => {
  test.each<Record<string, unknown>>([
    {},
    { type: 'array', prefixItems: [string], items: false },
    { type: 'array', items: string, additionalItems: false },
    { type: 'object', properties: { items: { type: 'array', items: string }, type: string }, 'x-order': [1] },
    { enum: [{ items: [1], additionalItems: 2 }], const: { type: 'none' }, default: { required: true } },
  ])('is the same object: %j', (schema) => {
    const left: string[] = [];
    expect(toValidSchema(schema, left)).toBe(schema);
    expect(left).toEqual([]);
  });

  it('keeps what is valid of one that is not, in its order', () => {
    const schema = { z: 1, properties: { b: string, a: { type: 'none', title: 'A' } }, type: 'object', a: 2 };
    expect(JSON.stringify(validOf(schema).schema)).toBe(
      '{"z":1,"properties":{"b":{"type":"string"},"a":{"title":"A"}},"type":"object","a":2}',
    );
  });
});
