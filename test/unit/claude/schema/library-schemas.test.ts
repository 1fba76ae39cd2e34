import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTexts } from '../../../../server/claude/schema/check-pool.ts';
import type { ChatCompletionRequest } from '../../../../shared/chat-request.ts';
import { refusalOf } from '../../../support/claude-rules.ts';
import { claudeRequestOf, type TranslatedRequest } from '../../../support/translated.ts';
import { arbitraryChange, arbitraryLibrarySchema, type LibrarySample } from './arbitrary-library-schema.ts';

// In place of the tools and schemas of others that were tried by hand: schemas in the same styles, with values.

const RUNS = { numRuns: 250 };
const HELLO = { model: 'claude-sonnet-5-5', messages: [{ role: 'user', content: 'Hello' }] };

type Validate = (value: unknown) => boolean;

function validatorOf(schema: unknown): Validate {
  const ajv = new Ajv2020({ strict: false, logger: false, ownProperties: true, validateSchema: false });
  addFormats.default(ajv);
  return ajv.compile(schema as object) as Validate;
}

const sample = arbitraryLibrarySchema();
const withChange = (adds: boolean): fc.Arbitrary<{ sample: LibrarySample; changed: unknown }> =>
  sample.chain((one) => fc.record({ sample: fc.constant(one), changed: arbitraryChange(one.value, { adds }) }));
/** An object that does not say whether more properties may be there is closed, as it is at OpenAI. */
const changedSample = withChange(false);

function asTool(schemas: readonly object[], strict: boolean): TranslatedRequest {
  const tools = schemas.map((parameters, index) => ({
    type: 'function',
    function: { name: `f${index}`, strict, parameters },
  }));
  return claudeRequestOf({ ...HELLO, tools } as unknown as ChatCompletionRequest);
}

function asFormat(schema: object, strict: boolean): TranslatedRequest {
  const format = { type: 'json_schema', json_schema: { name: 'a', strict, schema } };
  return claudeRequestOf({ ...HELLO, response_format: format } as unknown as ChatCompletionRequest);
}

/** The schema that Claude is held to, or told of as a tool's input; undefined where it is words. */
function sentSchema({ body }: TranslatedRequest): object | undefined {
  const [tool] = body.tools ?? [];
  return body.output_config?.format?.schema ?? (tool && 'input_schema' in tool ? tool.input_schema : undefined);
}

/** Keywords that would be missed. */
const TELLING = [
  'pattern',
  'format',
  'multipleOf',
  'uniqueItems',
  'patternProperties',
  'dependentRequired',
  'not',
  'if',
];

const WAYS: Record<string, (one: LibrarySample) => TranslatedRequest> = {
  'a strict tool': ({ schema }) => asTool([schema], true),
  'a tool': ({ schema }) => asTool([schema], false),
  'a strict format': ({ schema }) => asFormat(schema, true),
  'a format': ({ schema }) => asFormat(schema, false),
};

describe('a schema as libraries and servers write it', () => {
  test('is sent as Claude takes it beside others', () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 2, maxLength: 24 }), fc.boolean(), (several, strict) => {
        const { body, version } = asTool(
          several.map(({ schema }) => schema),
          strict,
        );
        expect(refusalOf(body, version)).toBeNull();
        expect(body.tools).toHaveLength(several.length);
      }),
      { numRuns: 60 },
    );
  });

  test.each(Object.entries(WAYS))(
    'is sent as Claude takes it, and a notice says what differs in meaning or is left out, as %s',
    (_way, translate) => {
      let same = 0;
      fc.assert(
        fc.property(changedSample, ({ sample: one, changed }) => {
          const translated = translate(one);
          expect(refusalOf(translated.body, translated.version)).toBeNull();
          if (translated.notices.some(({ param }) => /^(?:tools\[0\]|response_format)/.test(param))) return;
          const sent = sentSchema(translated);
          const [asked, held] = [validatorOf(one.schema), validatorOf(sent)];
          for (const value of [one.value, changed])
            expect(held(value), JSON.stringify({ sent, value })).toBe(asked(value));
          same += 1;
          const text = JSON.stringify(translated.body);
          for (const keyword of TELLING)
            if (JSON.stringify(one.schema).includes(`"${keyword}":`)) expect(text).toContain(`"${keyword}":`);
        }),
        RUNS,
      );
      // Else the property would say nothing. Some 20 are usual for a strict format, and fewer than 3 are one in a million.
      expect(same).toBeGreaterThan(2);
    },
  );

  test('passes the check of the answer with what fits it, and with nothing else', async () => {
    const counts = { valid: 0, invalid: 0 };
    await fc.assert(
      fc.asyncProperty(withChange(true), async ({ sample: one, changed }) => {
        const isValid = validatorOf(one.schema);
        const values = [one.value, changed];
        const checked = await checkTexts(
          values.map((value) => JSON.stringify(value)),
          one.schema,
        );
        for (const [index, value] of values.entries()) {
          const fits = isValid(value);
          counts[fits ? 'valid' : 'invalid'] += 1;
          expect(checked[index], JSON.stringify({ one, value })).toEqual({
            broken: fits ? [] : expect.arrayContaining([expect.any(String)]),
          });
        }
      }),
      { numRuns: 200 },
    );
    expect(counts.valid).toBeGreaterThan(60);
    expect(counts.invalid).toBeGreaterThan(60);
  });
});

test('schemas of older drafts are told from those of 2020-12 in the check', async () => {
  const draft7 = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    items: [{ type: 'integer' }],
    additionalItems: false,
  };
  const isValid = new Ajv({ strict: false, logger: false }).compile({ items: draft7.items, additionalItems: false });
  const values = [[1], ['x'], [1, 2]];
  const checked = await checkTexts(
    values.map((value) => JSON.stringify(value)),
    draft7,
  );
  expect(checked.map((one) => 'broken' in one && one.broken.length === 0)).toEqual(
    values.map((value) => isValid(value)),
  );
});
