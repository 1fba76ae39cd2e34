import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusalOf as refusalOfBody } from '../../../support/claude-rules.ts';
import { claudeSchemaOf } from '../../../support/translated.ts';
import { arbitraryAnswer, arbitrarySchema } from './arbitrary-schema.ts';

const RUNS = { numRuns: 600 };

type Validate = (value: unknown) => boolean;

/** undefined for what is no schema of any draft. */
function validatorOf(schema: unknown): Validate | undefined {
  for (const Dialect of [Ajv2020, Ajv]) {
    const ajv = new Dialect({ strict: false, logger: false, validateFormats: true, ownProperties: true });
    addFormats.default(ajv);
    try {
      return ajv.compile(schema as object) as Validate;
    } catch {
      // The next draft.
    }
  }
  return undefined;
}

/** What Claude answers to a request with this in it; null when it takes it. */
function refusalOf(rest: object): unknown {
  const messages = [{ role: 'user', content: 'Hello' }];
  return refusalOfBody({ model: 'claude-sonnet-5-5', max_tokens: 100, messages, ...rest }, '2026-10-21');
}

function compiledOf(schema: unknown): Record<string, unknown> {
  const result = claudeSchemaOf(schema, 'any');
  fc.pre(result.compiled);
  return (result as { schema: Record<string, unknown> }).schema;
}

describe('toClaudeSchema, of any schema', () => {
  it('gives a schema that Claude takes as an answer format, or says that none can', () => {
    let compiled = 0;
    fc.assert(
      fc.property(arbitrarySchema(), (schema) => {
        const result = claudeSchemaOf(schema, 'any');
        if (!result.compiled) {
          expect(result.reason).not.toBe('');
          return;
        }
        compiled += 1;
        expect(refusalOf({ output_config: { format: { type: 'json_schema', schema: result.schema } } })).toBeNull();
      }),
      RUNS,
    );
    // Else the property would say little.
    expect(compiled).toBeGreaterThan(RUNS.numRuns / 10);
  });

  it('gives a schema that Claude takes as the input of a strict tool, or says that none can', () => {
    let compiled = 0;
    fc.assert(
      fc.property(arbitrarySchema(), (argument) => {
        const { $defs, definitions } = Object(argument) as Record<string, unknown>;
        const input = { type: 'object', properties: { a: argument }, $defs, definitions };
        const result = claudeSchemaOf(input, 'object');
        if (!result.compiled) return;
        compiled += 1;
        expect(refusalOf({ tools: [{ name: 'tool', strict: true, input_schema: result.schema }] })).toBeNull();
      }),
      RUNS,
    );
    expect(compiled).toBeGreaterThan(RUNS.numRuns / 10);
  });

  it('never throws for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (schema) => {
        expect(claudeSchemaOf(schema, 'object')).toHaveProperty('compiled');
      }),
      RUNS,
    );
  });

  it('leaves its own dialect alone, to the letter', () => {
    fc.assert(
      fc.property(arbitrarySchema(), (schema) => {
        const once = compiledOf(schema);
        const again = claudeSchemaOf(once, 'any');
        expect(JSON.stringify(again)).toBe(JSON.stringify({ compiled: true, schema: once, described: [] }));
      }),
      RUNS,
    );
  });

  it('lets nothing through that the original refuses, but for what it described', () => {
    let checked = 0;
    fc.assert(
      fc.property(
        arbitrarySchema().chain((schema) => {
          // A grammar takes what fits several branches of oneOf; ajv has its own nullable and forgets __proto__.
          if (/"(?:oneOf|nullable|__proto__)"/.test(JSON.stringify(schema))) return fc.constant(undefined);
          const result = claudeSchemaOf(schema, 'any');
          const validate = result.compiled && result.described.length === 0 ? validatorOf(schema) : undefined;
          if (!result.compiled || validate === undefined) return fc.constant(undefined);
          return fc.record({
            schema: fc.constant(schema),
            answer: arbitraryAnswer(result.schema),
            compiled: fc.constant(result.schema),
            validate: fc.constant(validate),
          });
        }),
        (sample) => {
          if (sample === undefined) return;
          checked += 1;
          expect(sample.validate(sample.answer), JSON.stringify(sample)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
    expect(checked).toBeGreaterThan(25);
  });
});
