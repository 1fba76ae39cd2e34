import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkAgainstSchema } from '../../../server/claude/check-schema.ts';

const CASES: [name: string, value: unknown, schema: unknown, violations: string[]][] = [
  ['what fits', { a: 3 }, { type: 'object', properties: { a: { minimum: 3 } } }, []],
  [
    'a value within',
    { a: { b: 2 } },
    { properties: { a: { properties: { b: { minimum: 3 } } } } },
    ['/a/b: must be >= 3'],
  ],
  ['the value itself', 'x', { type: 'number' }, ['(root): must be number']],
  [
    'every violation',
    ['x', 1],
    { items: { type: 'string', minLength: 2 } },
    ['/0: must NOT have fewer than 2 characters', '/1: must be string'],
  ],
  [
    'names of properties',
    { z: 1 },
    { type: 'object', required: ['a'], additionalProperties: false },
    ["(root): must have required property 'a'", '(root): must NOT have additional properties: "z"'],
  ],
  [
    'properties named as those of every object',
    {},
    { type: 'object', properties: { toString: { type: 'string' } }, required: ['constructor'] },
    ["(root): must have required property 'constructor'"],
  ],
  ['values of an enum', 1, { enum: ['a', 2] }, ['(root): must be equal to one of the allowed values: ["a",2]']],
  ['a constant', 1, { const: 2 }, ['(root): must be equal to constant: 2']],
  ['formats', 'yesterday', { type: 'string', format: 'date' }, ['(root): must match format "date"']],
  ['unknown formats', 'red', { type: 'string', format: 'color' }, []],
  ['patterns with needless escapes', 'a', { pattern: '^\\d\\-\\d$' }, ['(root): must match pattern "^\\d\\-\\d$"']],
  ['tuples of 2020-12', ['a'], { prefixItems: [{ type: 'number' }] }, ['/0: must be number']],
  [
    'tuples of draft 7',
    ['a'],
    { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'number' }] },
    ['/0: must be number'],
  ],
  ['tuples of a draft that is not named', ['a'], { items: [{ type: 'number' }] }, ['/0: must be number']],
  [
    'definitions of both names',
    1,
    {
      allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/definitions/b' }],
      $defs: { a: { minimum: 2 } },
      definitions: { b: { maximum: 0 } },
    },
    ['(root): must be >= 2', '(root): must be <= 0'],
  ],
  [
    'recursion',
    { child: { child: 3 } },
    { type: 'object', properties: { child: { $ref: '#' } } },
    ['/child/child: must be object'],
  ],
  ['null where OpenAPI allows it', null, { type: 'string', enum: ['a'], nullable: true }, []],
  ['null beside allOf', null, { nullable: true, allOf: [{ type: 'string' }] }, []],
  ['an asynchronous schema', 'x', { $async: true, type: 'number' }, ['(root): must be number']],
  [
    'further properties',
    { a: 1 },
    { unevaluatedProperties: false },
    ['(root): must NOT have unevaluated properties: "a"'],
  ],
  ['false', 1, false, ['(root): boolean schema is false']],
  ['an unknown type', 1, { type: 'made-up' }, []],
  ['another document', 1, { $ref: 'https://example.com/a' }, []],
  ['no schema', 1, 'x', []],
  ['nothing', 1, undefined, []],
];

describe('checkAgainstSchema', () => {
  it.each(CASES)('checks %s', async (_name, value, schema, violations) => {
    expect(await checkAgainstSchema(value, schema)).toEqual(violations);
    // From the cache.
    expect(await checkAgainstSchema(value, structuredClone(schema))).toEqual(violations);
  });

  it('compiles two schemas with one $id', async () => {
    expect(await checkAgainstSchema(1, { $id: 'urn:example:one', type: 'string' })).toHaveLength(1);
    expect(await checkAgainstSchema(1, { $id: 'urn:example:one', type: 'number' })).toEqual([]);
  });

  it('gives at most 20 violations', async () => {
    const value = Array.from({ length: 50 }, () => 'x');
    expect(await checkAgainstSchema(value, { items: { type: 'number' } })).toHaveLength(20);
  });

  it('stays right when more schemas come than it keeps', async () => {
    for (let minimum = 0; minimum < 110; minimum += 1) {
      expect(await checkAgainstSchema(minimum - 1, { minimum })).toEqual([`(root): must be >= ${minimum}`]);
    }
    expect(await checkAgainstSchema(-1, { minimum: 0 })).toEqual(['(root): must be >= 0']);
  });

  it('gives up on a pattern that takes forever', async () => {
    expect(await checkAgainstSchema(`${'a'.repeat(60)}b`, { pattern: '^(a+)+$' })).toEqual([]);
    expect(await checkAgainstSchema('b', { pattern: '^(a+)+$' })).toHaveLength(1);
  });

  it('gives up on what is too large, too deep or no JSON', async () => {
    expect(await checkAgainstSchema(1, { enum: ['x'.repeat(200_000)] })).toEqual([]);
    let deep: unknown = { type: 'string' };
    for (let depth = 0; depth < 5000; depth += 1) deep = { items: deep };
    expect(await checkAgainstSchema(1, deep)).toEqual([]);
    expect(await checkAgainstSchema(nested(50_000), { items: { $ref: '#' } })).toEqual([]);
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    expect(await checkAgainstSchema(1, cyclic)).toEqual([]);
  });

  it('loads ajv with the first check alone', () => {
    const module = new URL('../../../server/claude/check-schema.ts', import.meta.url).href;
    const script = `
      import { createRequire, register } from 'node:module';
      import('${module}').then(async ({ checkAgainstSchema }) => {
        const loaded = () => Object.keys(createRequire('${module}').cache).some((path) => path.includes('/ajv/'));
        const before = loaded();
        await checkAgainstSchema(1, { type: 'string' });
        console.log(before, loaded());
      });`;
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(run.stdout.trim()).toBe('false true');
  });
});

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}
