import { describe, expect, test } from 'vitest';
import { Notices } from '../../server/claude/notices.ts';
import { toOutputFormat } from '../../server/claude/request/output-format.ts';
import { StrictBudget } from '../../server/claude/request/strict-budget.ts';
import { toInputSchema } from '../../server/claude/request/tool-schema.ts';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import type { Notice } from '../../shared/notice.ts';

// Schemas of some kilobytes that stand for more than any memory holds: what they cost is bounded.

type Json = Record<string, unknown>;
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const fields = (count: number, make: (index: number) => unknown): Json =>
  Object.fromEntries(many(count, (index) => [`p${index}`, make(index)]));
const nested = (depth: number, start: unknown, wrap: (inner: unknown, level: number) => unknown): unknown =>
  many(depth, (level) => level).reduce<unknown>(wrap, start);
const object = (properties: object, more: object = {}): Json => ({ type: 'object', properties, ...more });

/** `$defs` a0 to a40, each made of the one before it. */
const chain = (link: (before: object, level: number) => object): Json =>
  Object.fromEntries(
    many(41, (level) => [
      `a${level}`,
      level === 0 ? object({ k: { type: 'string' } }) : link({ $ref: `#/$defs/a${level - 1}` }, level),
    ]),
  );
const twice = chain((before) => ({ allOf: [before, before] }));
const wide = { d: object(fields(500, () => ({ type: 'string' }))) };
const last = { $ref: '#/$defs/a40' };

const HOSTILE: Record<string, Json> = {
  'definitions that double, by allOf': object({ x: last }, { $defs: twice }),
  'definitions that double, by allOf at the root': { type: 'object', allOf: [last], $defs: twice },
  'definitions that double and differ': object(
    { x: last },
    { $defs: chain((before, at) => ({ allOf: [before, before], minProperties: at, properties: { [`k${at}`]: {} } })) },
  ),
  'definitions that double, by anyOf': object(
    { x: { ...last, description: 'x' } },
    { $defs: chain((before) => ({ anyOf: [before, { ...before, description: 'y' }] })) },
  ),
  'a choice at the root that doubles': {
    type: 'object',
    anyOf: [last, { type: 'object' }],
    $defs: chain((before) => ({ type: 'object', anyOf: [before, { type: 'object', allOf: [before] }] })),
  },
  '200 references to 500 properties': object(
    fields(200, () => ({ $ref: '#/$defs/d' })),
    { $defs: wide },
  ),
  '200 described references to 500 properties': object(
    fields(200, () => ({ $ref: '#/$defs/d', description: 'x' })),
    { $defs: wide },
  ),
  '200 references to 500 properties in one allOf': {
    type: 'object',
    allOf: many(200, () => ({ $ref: '#/$defs/d' })),
    $defs: wide,
  },
  'a long description that is referred to often': object(
    fields(2000, () => ({ $ref: '#/$defs/d', title: 'x', default: 1 })),
    { $defs: { d: { type: 'string', enum: ['y'.repeat(50_000)], description: 'x'.repeat(50_000) } } },
  ),
  'schemas that must not fit, one in another, around a wide one': object({
    x: nested(90, object({ ...fields(10_000, () => ({ type: 'string' })), b: { pattern: '[[' } }), (inner) => ({
      not: inner,
    })),
  }),
  '4,000 names that differ behind what Claude takes': object(
    Object.fromEntries(many(4000, (at) => [`${'$'.repeat(60)}${at}`, { type: 'string' }])),
  ),
  'a description of back-slashes': object({ x: { type: 'string', description: '\\'.repeat(60_000) } }),
  'a pattern of classes that do not end': object({ x: { type: 'string', pattern: '\\p{'.repeat(100_000) } }),
  'a choice of 7,000 references': object(
    { x: { anyOf: many(7000, () => ({ $ref: '#/$defs/d' })) } },
    { $defs: { d: object(fields(50, () => ({ type: 'string' }))) } },
  ),
};

const WAYS: Record<string, (schema: Json, budget?: StrictBudget) => Notice[]> = {
  'an answer format': (schema, budget = new StrictBudget()) => {
    const notices = new Notices(false);
    const format = { type: 'json_schema', json_schema: { name: 'a', strict: true, schema } };
    const request = { model: 'x', messages: [], response_format: format } as unknown as ChatCompletionRequest;
    toOutputFormat(request, budget, notices);
    return notices.list();
  },
  'a strict tool': (schema, budget = new StrictBudget()) => {
    const notices = new Notices(false);
    toInputSchema({ name: 'f', strict: true, parameters: schema }, 'tools[0].function', budget, notices);
    return notices.list();
  },
};

/** An honest schema with about as many values as a request may have. */
const LARGE = object({ a: { type: 'array', items: object(fields(7000, () => ({ type: 'string', maxLength: 9 }))) } });

/** Milliseconds of the processor's own time. */
function millisecondsOf(run: () => unknown): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** The least of several runs of each, made in turns: a machine that is slow for a while is slow for both. */
function leastOf(...runs: (() => unknown)[]): number[] {
  const rounds = many(6, () => runs.map(millisecondsOf));
  return runs.map((_run, at) => Math.min(...rounds.map((round) => round[at]!)));
}

describe.each(Object.entries(WAYS))('as %s', (_way, translate) => {
  test.each(Object.entries(HOSTILE))(
    '%s: costs little more than an honest schema of the size that is allowed, and is reported',
    (name, schema) => {
      const [honest, hostile] = leastOf(
        () => translate(LARGE),
        () => translate(schema),
      );
      expect(hostile! / honest!).toBeLessThan(3);
      const told = translate(schema).map(({ param }) => param);
      if (name !== 'a description of back-slashes') expect(told.length).toBeGreaterThan(0);
    },
  );

  test('more values than a request may have are a 400 that names the field', () => {
    const schema = object({ x: { enum: many(40_000, (at) => at) } });
    expect(() => translate(schema)).toThrow(
      expect.objectContaining({
        message: 'The schemas of a request may have at most 30000 values in all',
        param: expect.stringMatching(/^(?:response_format\.json_schema\.schema|tools\[0\]\.function\.parameters)$/),
      }),
    );
  });

  test('more text than a request may have in its schemas is a 400', () => {
    const schema = object({ x: { description: 'x'.repeat(3 * 1024 * 1024) } });
    expect(() => translate(schema)).toThrow('at most 2097152 characters in all');
  });
});

test('what the schemas of one request cost is added up', () => {
  const hostile = HOSTILE['definitions that double, by allOf']!;
  const [one, hundred] = leastOf(
    () => WAYS['a strict tool']!(hostile),
    () => {
      const budget = new StrictBudget();
      for (let count = 0; count < 100; count += 1) WAYS['a strict tool']!(hostile, budget);
    },
  );
  expect(hundred! / one!).toBeLessThan(10);
  const values = object({ x: { enum: many(20_000, (at) => at) } });
  const budget = new StrictBudget();
  WAYS['a strict tool']!(values, budget);
  expect(() => WAYS['an answer format']!(values, budget)).toThrow('at most 30000 values');
});
