import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { sampleFromSchema } from '../../../server/demo/sample-from-schema.ts';

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

const CASES: [name: string, schema: object, expected: unknown][] = [
  ['a string', { type: 'string' }, 'example'],
  ['an integer from its lower bound', { type: 'integer', exclusiveMinimum: 4 }, 5],
  ['a number below its upper bound', { type: 'number', exclusiveMaximum: -1 }, -2],
  ['a boolean', { type: 'boolean' }, true],
  ['null', { type: 'null' }, null],
  ['the first of several types', { type: ['integer', 'null'] }, 0],
  ['the first of an enum before the default', { enum: ['b', 'a'], default: 'a' }, 'b'],
  ['an enum that starts with null', { enum: [null, 'a'] }, null],
  ['a constant', { const: 7 }, 7],
  ['a default before the examples', { type: 'string', default: 'd', examples: ['e'] }, 'd'],
  ['an example', { type: 'string', examples: ['Oslo'] }, 'Oslo'],
  ['a formatted string', { type: 'string', format: 'date' }, '2026-01-01'],
  ['a string that is long enough', { type: 'string', minLength: 9 }, 'example..'],
  ['a string that is short enough', { type: 'string', maxLength: 2 }, 'ex'],
  [
    'required properties alone',
    { type: 'object', properties: { a: { type: 'integer' }, b: {} }, required: ['a'] },
    { a: 0 },
  ],
  ['a required property without a schema', { type: 'object', required: ['constructor'] }, { constructor: 'example' }],
  ['an array with as many items as it needs', { type: 'array', items: { type: 'null' }, minItems: 2 }, [null, null]],
  ['an array without items', { type: 'array', items: { type: 'string' } }, []],
  ['the first branch of anyOf', { anyOf: [{ type: 'integer' }, { type: 'string' }] }, 0],
  [
    'all branches of allOf',
    {
      type: 'object',
      allOf: [
        { properties: { a: { const: 1 } }, required: ['a'] },
        { properties: { b: { const: 2 } }, required: ['b'] },
      ],
    },
    { a: 1, b: 2 },
  ],
  ['a reference', { $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'integer' } } }, 0],
];

describe('sampleFromSchema', () => {
  it.each(CASES)('makes %s', (_name, schema, expected) => {
    const sample = sampleFromSchema(schema);
    expect(sample).toStrictEqual(expected);
    expect(ajv.validate(schema, sample), ajv.errorsText()).toBe(true);
  });

  it('ends a recursive schema that has a way out with a valid instance', () => {
    const schema = {
      type: 'object',
      properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
      required: ['next'],
    };
    expect(ajv.validate(schema, sampleFromSchema(schema))).toBe(true);
  });

  it.each([
    ['a reference to itself', { $ref: '#' }],
    ['many required references to itself', recursive('properties')],
    ['many branches that are itself', { allOf: Array.from({ length: 20 }, () => ({ $ref: '#' })) }],
    ['a huge array', { type: 'array', items: {}, minItems: 1e9 }],
    ['no schema', null],
  ])('comes to an end with %s', (_name, schema) => {
    expect(JSON.stringify(sampleFromSchema(schema)).length).toBeLessThan(50_000);
  });
});

function recursive(key: string): object {
  const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
  return { type: 'object', [key]: Object.fromEntries(names.map((name) => [name, { $ref: '#' }])), required: names };
}
