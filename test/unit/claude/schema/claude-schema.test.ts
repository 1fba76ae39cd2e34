import { describe, expect, it } from 'vitest';
import { claudeSchemaOf } from '../../../support/translated.ts';

/** The property `x` of an object that requires it, as Claude gets it. */
function propertyOf(x: unknown, rest: object = {}): unknown {
  const result = claudeSchemaOf({ type: 'object', properties: { x }, required: ['x'], ...rest }, 'object');
  if (!result.compiled) throw new Error(result.reason);
  return (result.schema.properties as { x: unknown }).x;
}

function reasonOf(schema: unknown, root: 'object' | 'any' = 'any'): string {
  const result = claudeSchemaOf(schema, root);
  return result.compiled ? `compiled to ${JSON.stringify(result.schema)}` : result.reason;
}

const closed = { additionalProperties: false };

const REWRITTEN: [name: string, schema: unknown, expected: unknown][] = [
  [
    'string lengths',
    { type: 'string', minLength: 3, maxLength: 1 },
    { type: 'string', description: '(at least 3 characters; at most 1 character)' },
  ],
  [
    'bounds of numbers',
    { type: 'number', minimum: 0, exclusiveMaximum: 5 },
    { type: 'number', description: '(at least 0; less than 5)' },
  ],
  [
    'bounds of draft 4',
    { type: 'number', minimum: 0, exclusiveMinimum: true },
    { type: 'number', description: '(more than 0)' },
  ],
  [
    'multiples, behind a description',
    { type: 'integer', description: 'Even', multipleOf: 2 },
    { type: 'integer', description: 'Even (a multiple of 2)' },
  ],
  [
    'many items',
    { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 4 },
    { type: 'array', items: { type: 'string' }, minItems: 1, description: '(at least 2 items; at most 4 items)' },
  ],
  [
    'one item',
    { type: 'array', items: { type: 'string' }, minItems: 1 },
    { type: 'array', items: { type: 'string' }, minItems: 1 },
  ],
  [
    'unique items',
    { type: 'array', items: { type: 'null' }, uniqueItems: true },
    { type: 'array', items: { type: 'null' }, description: '(no two items alike)' },
  ],
  [
    'contains',
    { type: 'array', items: { type: 'null' }, contains: { const: 1 } },
    { type: 'array', items: { type: 'null' }, description: '(at least 1 of the items fit {"const":1})' },
  ],
  ['a known format', { type: 'string', format: 'date' }, { type: 'string', format: 'date' }],
  ['an unknown format', { type: 'string', format: 'color' }, { type: 'string', description: '(in the format color)' }],
  ['a simple pattern', { type: 'string', pattern: '^[a-z]+-\\d{2}$' }, { type: 'string', pattern: '^[a-z]+-\\d{2}$' }],
  [
    'lookaround',
    { type: 'string', pattern: '^(?!x)' },
    { type: 'string', description: '(matching the regular expression ^(?!x))' },
  ],
  [
    'a broken pattern',
    { type: 'string', pattern: '(' },
    { type: 'string', description: '(matching the regular expression ()' },
  ],
  [
    'annotations',
    {
      $id: 'x',
      $comment: 'c',
      title: 'T',
      examples: ['e'],
      deprecated: true,
      'x-more': 1,
      type: 'string',
      default: 'd',
    },
    { type: 'string', default: 'd' },
  ],
  ['keywords of other types', { type: 'string', minimum: 3, items: {} }, { type: 'string' }],
  [
    'malformed keywords',
    { type: ['string', 'made-up'], enum: [], minLength: 'x', description: 3, pattern: 7 },
    { type: 'string' },
  ],
  ['a type that its keywords imply', { minLength: 1 }, { type: 'string', description: '(at least 1 character)' }],
  ['an enum of objects', { type: 'string', enum: ['a', { b: 1 }] }, { type: 'string', enum: ['a'] }],
  [
    'an enum with values of other types',
    { type: ['string', 'null'], enum: ['a', 1, null] },
    { type: ['string', 'null'], enum: ['a', null] },
  ],
  [
    'scalar types',
    { type: ['string', 'null'], minLength: 2 },
    { type: ['string', 'null'], description: '(at least 2 characters)' },
  ],
  [
    'an object or null',
    { type: ['object', 'null'], description: 'D', properties: { a: { type: 'string', maxLength: 2 } } },
    {
      description: 'D',
      anyOf: [
        { type: 'object', properties: { a: { type: 'string', description: '(at most 2 characters)' } }, ...closed },
        { type: 'null' },
      ],
    },
  ],
  ['nullable', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
  [
    'a nullable enum',
    { type: 'string', enum: ['a'], nullable: true },
    { anyOf: [{ type: 'string', enum: ['a'] }, { type: 'null' }] },
  ],
  ['oneOf', { oneOf: [{ type: 'string' }, { type: 'integer' }] }, { anyOf: [{ type: 'string' }, { type: 'integer' }] }],
  [
    'a choice beside other keywords',
    { type: 'string', anyOf: [{ const: 'a' }, { format: 'date' }, { type: 'null' }] },
    {
      anyOf: [
        { type: 'string', const: 'a' },
        { type: 'string', format: 'date' },
      ],
    },
  ],
  [
    'a tuple',
    { type: 'array', prefixItems: [{ type: 'string' }, { type: 'null' }], items: false },
    {
      type: 'array',
      items: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      description: '(items in this order: [{"type":"string"},{"type":"null"}])',
    },
  ],
  ['not', { type: 'string', not: { const: 'a' } }, { type: 'string', description: '(must not fit {"const":"a"})' }],
  [
    'a condition',
    JSON.parse('{ "type": "string", "if": { "const": "a" }, "then": false }'),
    { type: 'string', description: '(what fits {"const":"a"} must also fit false)' },
  ],
  [
    'an open object',
    { type: 'object', properties: { a: { type: 'null' } } },
    { type: 'object', properties: { a: { type: 'null' } }, ...closed },
  ],
  [
    'counts and dependencies of properties',
    { type: 'object', properties: { a: { type: 'null' } }, minProperties: 1, dependentRequired: { a: ['b'] } },
    {
      type: 'object',
      properties: { a: { type: 'null' } },
      description: '(at least 1 property; properties that require others {"a":["b"]})',
      ...closed,
    },
  ],
  [
    'a property that may not be',
    { type: 'object', properties: { a: { type: 'null' }, b: false } },
    { type: 'object', properties: { a: { type: 'null' } }, ...closed },
  ],
  [
    'a format beside values',
    { enum: ['2026-11-22'], format: 'date' },
    { enum: ['2026-11-22'], description: '(in the format date)' },
  ],
  [
    'bounds of two schemas',
    {
      allOf: [
        { type: 'number', minimum: 1, maximum: 9 },
        { type: 'integer', minimum: 3, maximum: 5 },
      ],
    },
    { type: 'integer', description: '(at least 3; at most 5)' },
  ],
  [
    'encodings',
    { type: 'string', contentEncoding: 'base64', contentMediaType: 'image/png' },
    { type: 'string', description: '(encoded as base64; holding image/png)' },
  ],
  [
    'further properties',
    { type: 'object', properties: { a: { type: 'null' } }, unevaluatedProperties: { type: 'null' } },
    {
      type: 'object',
      properties: { a: { type: 'null' } },
      description: '(further properties fit {"type":"null"})',
      ...closed,
    },
  ],
  [
    'patterns of one string',
    { allOf: [{ type: 'string', pattern: 'a' }, { pattern: 'b' }] },
    { type: 'string', pattern: 'a', description: '(matching the regular expression b)' },
  ],
];

describe('toClaudeSchema', () => {
  it.each(REWRITTEN)('rewrites %s', (_name, schema, expected) => {
    expect(propertyOf(schema)).toEqual(expected);
  });

  it('reports what became words, by pointer', () => {
    const properties = {
      'a/b': { type: 'string', minLength: 3 },
      list: { type: 'array', items: { type: 'number', minimum: 1, title: 'No constraint' } },
    };
    expect(claudeSchemaOf({ type: 'object', properties }, 'any')).toMatchObject({
      compiled: true,
      described: ['/properties/a~1b/minLength', '/properties/list/items/minimum'],
    });
  });

  it('keeps a schema of the dialect to the letter, whatever the order of its keys', () => {
    const schema = {
      additionalProperties: false,
      definitions: { b: { enum: ['x', null] } },
      required: ['z', 'a'],
      properties: {
        z: { description: 'Last', type: 'string' },
        a: { $ref: '#/definitions/b' },
        m: { $ref: '#/$defs/c' },
      },
      type: 'object',
      $defs: { c: { anyOf: [{ const: 1 }, { type: 'array', minItems: 0, items: { type: 'boolean' } }] } },
    };
    const result = claudeSchemaOf(schema, 'object');
    expect(JSON.stringify(result)).toBe(JSON.stringify({ compiled: true, schema, described: [] }));
  });

  it('merges allOf, references in it too, and keeps the order of properties', () => {
    const result = claudeSchemaOf(
      {
        type: 'object',
        allOf: [{ $ref: '#/$defs/base' }, { required: ['own'] }],
        properties: { own: { type: 'integer' }, b: { maxLength: 3 } },
        $defs: {
          base: { type: 'object', properties: { b: { type: 'string' }, a: { type: 'string' } }, required: ['b'] },
        },
      },
      'object',
    );
    const b = { type: 'string', description: '(at most 3 characters)' };
    expect(result).toEqual({
      compiled: true,
      schema: {
        type: 'object',
        properties: { b, a: { type: 'string' }, own: { type: 'integer' } },
        required: ['b', 'own'],
        ...closed,
      },
      described: ['/properties/b/maxLength'],
    });
    expect(JSON.stringify(result)).toMatch(/"b":.*"a":.*"own":/);
  });

  it('distributes the properties of an object over its choices', () => {
    const properties = { a: { type: 'string' }, b: { type: 'string' } };
    expect(propertyOf({ type: 'object', properties, anyOf: [{ required: ['a'] }, { required: ['b'] }] })).toEqual({
      anyOf: [
        { type: 'object', properties, required: ['a'], ...closed },
        { type: 'object', properties, required: ['b'], ...closed },
      ],
    });
  });

  it('writes out references to what is no plain definition, and those with words of their own', () => {
    const $defs = { plain: { type: 'string' }, 'with space': { type: 'integer' }, 'a/b': { type: 'boolean' } };
    expect(propertyOf({ $ref: '#/$defs/plain' }, { $defs })).toEqual({ $ref: '#/$defs/plain' });
    expect(propertyOf({ $ref: '#/$defs/plain', description: 'Mine' }, { $defs })).toEqual({
      type: 'string',
      description: 'Mine',
    });
    expect(propertyOf({ $ref: '#/$defs/plain', maxLength: 1 }, { $defs })).toEqual({
      type: 'string',
      description: '(at most 1 character)',
    });
    expect(propertyOf({ $ref: '#/$defs/with%20space' }, { $defs })).toEqual({ type: 'integer' });
    expect(propertyOf({ $ref: '#/$defs/a~1b' }, { $defs })).toEqual({ type: 'boolean' });
    expect(propertyOf({ anyOf: [{ $ref: '#/properties/x/anyOf/1' }, { type: 'null' }] })).toEqual({ type: 'null' });
  });

  it('takes a root that is a reference, as generators write it', () => {
    const $defs = { item: { type: 'string' } };
    const list = { type: 'object', properties: { items: { type: 'array', items: { $ref: '#/$defs/item' } } } };
    expect(claudeSchemaOf({ $ref: '#/$defs/list', $defs: { list, ...$defs } }, 'object')).toEqual({
      compiled: true,
      schema: { $defs, ...list, ...closed },
      described: [],
    });
  });

  it('keeps a choice of one reference at the root, which is written the same again', () => {
    const schema = { anyOf: [{ $ref: '#/$defs/a' }, false], $defs: { a: { type: 'string' } } };
    const once = { anyOf: [{ $ref: '#/$defs/a' }], $defs: schema.$defs };
    expect(claudeSchemaOf(schema, 'any')).toEqual({ compiled: true, schema: once, described: [] });
    expect(claudeSchemaOf(once, 'any')).toEqual({ compiled: true, schema: once, described: [] });
  });

  it.each<[name: string, schema: unknown, reason: string]>([
    ['anything', {}, 'the root allows any value'],
    ['true', true, 'the root allows any value'],
    ['false', false, 'no value fits the schema'],
    ['no schema', 'x', 'the root is not a schema'],
    [
      'an object without properties',
      { type: 'object' },
      'the root is a map: the names of its properties are not all declared',
    ],
    [
      'a map within',
      { type: 'object', properties: { m: { type: 'object', additionalProperties: { type: 'string' } } } },
      '/properties/m is a map: the names of its properties are not all declared',
    ],
    ['an array of anything', { type: 'array' }, '/items allows any value'],
    [
      'an array of objects alone in an enum',
      { enum: [{ a: 1 }] },
      'the root is a map: the names of its properties are not all declared',
    ],
    [
      'a requirement that is not declared',
      { type: 'object', properties: { a: { type: 'null' } }, required: ['b'] },
      'the root requires "b", which may be any value',
    ],
    ['recursion', { type: 'object', properties: { child: { $ref: '#' } } }, '/properties/child is recursive'],
    [
      'recursion of definitions',
      { $ref: '#/$defs/a', $defs: { a: { type: 'array', items: { $ref: '#/$defs/a' } } } },
      '/items is recursive',
    ],
    [
      'another document',
      { $ref: 'https://example.com/a' },
      'the root: $ref "https://example.com/a" names nothing in this schema',
    ],
    [
      'a reference to nothing',
      { type: 'array', items: { $ref: '#/$defs/no' } },
      '/items: $ref "#/$defs/no" names nothing in this schema',
    ],
    ['a contradiction', { allOf: [{ type: 'string' }, { type: 'null' }] }, 'no value fits the schema'],
    [
      '25 optional properties',
      objectOf(25, { type: 'null' }),
      'the schema is too complex: 25 optional properties, at most 24 compile',
    ],
    [
      '17 unions',
      { ...objectOf(17, { type: ['string', 'null'] }), required: Object.keys(objectOf(17, {}).properties) },
      'the schema is too complex: 17 choices of types, at most 16 compile',
    ],
    [
      'choices that multiply',
      { allOf: Array.from({ length: 9 }, (_, index) => ({ anyOf: [{ type: 'string' }, { enum: [`${index}`] }] })) },
      'the schema is too complex',
    ],
  ])('says why no grammar holds %s', (_name, schema, reason) => {
    expect(reasonOf(schema)).toBe(reason);
  });

  it('takes up to 24 optional properties and 16 unions', () => {
    expect(claudeSchemaOf(objectOf(24, { type: 'null' }), 'object')).toHaveProperty('compiled', true);
    expect(claudeSchemaOf(objectOf(16, { type: ['string', 'null'] }), 'object')).toHaveProperty('compiled', true);
  });

  it('takes roots that are no object for answers alone', () => {
    const list = { type: 'array', items: { type: 'string' } };
    expect(claudeSchemaOf(list, 'any')).toEqual({ compiled: true, schema: list, described: [] });
    expect(reasonOf(list, 'object')).toBe('the root is not an object');
    expect(reasonOf({ anyOf: [list, { type: 'null' }] }, 'object')).toBe('the root is not an object');
  });

  it('takes no argument of a name that Claude refuses', () => {
    expect(reasonOf({ type: 'object', properties: { größe: { type: 'string' } } }, 'object')).toBe(
      'Claude takes no argument named "größe"',
    );
  });

  it('gives up on schemas that are deep, or that references make deep or large', () => {
    let deep: unknown = { type: 'string' };
    for (let depth = 0; depth < 50_000; depth += 1) deep = { type: 'array', items: deep };
    expect(reasonOf(deep)).toBe('the schema is nested too deeply');

    expect(reasonOf({ enum: ['x'.repeat(200_000)] })).toBe('the schema is too large');

    const chain = Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => [`p${index}`, { $ref: `#/properties/p${index + 1}` }]),
    );
    expect(reasonOf({ type: 'object', properties: chain })).toBe('the schema is nested too deeply');

    const doubling = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `d${index}`,
        { anyOf: ['left', 'right'].map((description) => ({ description, $ref: `#/$defs/d${index + 1}` })) },
      ]),
    );
    expect(reasonOf({ $ref: '#/$defs/d0', $defs: { ...doubling, d40: { type: 'string' } } })).toBe(
      'the schema is too complex',
    );
  });
});

function objectOf(size: number, schema: object): { type: 'object'; properties: Record<string, object> } {
  return {
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: size }, (_, index) => [`p${index}`, schema])),
  };
}
