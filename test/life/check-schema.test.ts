import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkTexts } from '../../server/claude/schema/check-pool.ts';

const NO_SCHEMA = 'it is no JSON Schema by itself';
const TOO_MUCH = 'that takes too long or too much memory';

/** What is broken, or why that can't be told. */
async function violationsOf(value: unknown, schema: unknown): Promise<readonly string[] | string> {
  const [checked] = await checkTexts([JSON.stringify(value)], schema);
  return 'unchecked' in checked! ? checked.unchecked : checked!.broken;
}

const CASES: [name: string, value: unknown, schema: unknown, violations: string[] | string][] = [
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
  ['what is right beside an unknown type', 1, { type: 'made-up', minimum: 2 }, ['(root): must be >= 2']],
  ['another document', 1, { $ref: 'https://example.com/a' }, NO_SCHEMA],
  ['names that are required twice', {}, { required: ['a', 'a'] }, ["(root): must have required property 'a'"]],
  ['no schema', 1, 'x', NO_SCHEMA],
  ['nothing', 1, undefined, NO_SCHEMA],
];

describe('checkTexts', () => {
  it.each(CASES)('checks %s', async (_name, value, schema, violations) => {
    expect(await violationsOf(value, schema)).toEqual(violations);
    // From the cache.
    expect(await violationsOf(value, structuredClone(schema))).toEqual(violations);
  });

  it('compiles two schemas with one $id', async () => {
    expect(await violationsOf(1, { $id: 'urn:example:one', type: 'string' })).toHaveLength(1);
    expect(await violationsOf(1, { $id: 'urn:example:one', type: 'number' })).toEqual([]);
  });

  it('gives at most 20 violations', async () => {
    const value = Array.from({ length: 50 }, () => 'x');
    expect(await violationsOf(value, { items: { type: 'number' } })).toHaveLength(20);
  });

  it('stays right when more schemas come than it keeps', async () => {
    for (let minimum = 0; minimum < 110; minimum += 1) {
      expect(await violationsOf(minimum - 1, { minimum })).toEqual([`(root): must be >= ${minimum}`]);
    }
    expect(await violationsOf(-1, { minimum: 0 })).toEqual(['(root): must be >= 0']);
  });

  it('gives up on a pattern that takes forever, and on no other text', async () => {
    const slow = `${'a'.repeat(60)}b`;
    expect(await violationsOf(slow, { pattern: '^(a+)+$' })).toBe(TOO_MUCH);
    expect(await checkTexts(['"b"', JSON.stringify(slow), '"a"'], { pattern: '^(a+)+$' })).toEqual([
      { broken: ['(root): must match pattern "^(a+)+$"'] },
      { unchecked: TOO_MUCH },
      { unchecked: TOO_MUCH },
    ]);
    expect(await violationsOf('b', { pattern: '^(a+)+$' })).toHaveLength(1);
  });

  it('holds no answer for long where many take too long, and checks again after them', async () => {
    const slow = JSON.stringify(`${'a'.repeat(60)}b`);
    const started = performance.now();
    const all = await Promise.all(Array.from({ length: 80 }, () => checkTexts([slow], { pattern: '^(a+)+$' })));
    expect(performance.now() - started).toBeLessThan(8000);
    const told = new Set(all.map(([checked]) => ('unchecked' in checked! ? checked.unchecked : checked)));
    expect(told).toEqual(new Set([TOO_MUCH, 'too many answers are being checked']));
    await expect.poll(() => violationsOf('b', { pattern: 'a' }), { timeout: 8000 }).toHaveLength(1);
  });

  it('gives up on what is too large, too deep or no JSON', async () => {
    expect(await violationsOf(1, { enum: ['x'.repeat(200_000)] })).toBe('the schema is too large');
    let deep: unknown = { type: 'string' };
    for (let depth = 0; depth < 5000; depth += 1) deep = { items: deep };
    expect(await violationsOf(1, deep)).toEqual(expect.any(String));
    const [tooDeep] = await checkTexts(['['.repeat(50_000) + ']'.repeat(50_000)], { items: { $ref: '#' } });
    expect(tooDeep).toEqual({ unchecked: expect.any(String) });
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    expect(await violationsOf(1, cyclic)).toBe(NO_SCHEMA);
  });

  it('loads ajv with the first check alone', () => {
    const module = new URL('../../server/claude/schema/check-pool.ts', import.meta.url).href;
    const script = `
      import { createRequire } from 'node:module';
      import('${module}').then(async ({ checkTexts }) => {
        const loaded = () => Object.keys(createRequire('${module}').cache).some((path) => path.includes('/ajv/'));
        const before = loaded();
        await checkTexts(['1'], { type: 'string' });
        console.log(before, loaded());
      });`;
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(run.stdout.trim()).toBe('false true');
  });

  it('lets the process end while a thread is idle', () => {
    const module = new URL('../../server/claude/schema/check-pool.ts', import.meta.url).href;
    const script = `
      import('${module}').then(async ({ checkTexts }) => {
        console.log(JSON.stringify(await checkTexts(['"b"'], { pattern: 'a' })));
      });`;
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 10_000,
    });
    expect(run).toMatchObject({ status: 0, stdout: expect.stringContaining('must match pattern') });
  });
});
