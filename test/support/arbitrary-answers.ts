import * as fc from 'fast-check';
import { ReasoningEffort } from '../../shared/chat-request.ts';
import type { RequestFeature } from './arbitrary-request.ts';
import { anyText } from './arbitrary-text.ts';
import { schemaObject } from './arbitrary-tools.ts';

const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });

const jsonSchema = fc.record(
  {
    // The first are names of tools too.
    name: fc.constantFrom('answer', 'lookup', 'web_search', 'x'.repeat(64), 'A-1_z'),
    description: nullable(anyText),
    schema: nullable(
      fc.oneof(
        schemaObject,
        schemaObject.map((schema): Record<string, unknown> => ({ ...schema, type: 'object' })),
      ),
    ),
    strict: nullable(fc.boolean()),
  },
  { requiredKeys: ['name'] },
);

const place = fc.record(
  {
    city: nullable(fc.constantFrom('Paris', '')),
    country: nullable(fc.constantFrom('FR', 'us', '')),
    region: nullable(fc.constantFrom('Île-de-France')),
    timezone: nullable(fc.constantFrom('Europe/Paris')),
  },
  { requiredKeys: [] },
);

const tokens = fc.oneof(
  fc.integer({ min: 1, max: 3000 }),
  fc.constantFrom(1, 2, 1023, 1024, 1025, 2048, 2049, 63_999, 64_000, 128_000, 2_147_483_648),
);

/** What the answer is to be: its format, the thinking before it, its length, searches, and how many. */
export const ANSWERS: RequestFeature = {
  together: fc.record(
    {
      response_format: fc.oneof(
        fc.constant({ type: 'json_object' }),
        jsonSchema.map((inner) => ({ type: 'json_schema', json_schema: inner })),
        jsonSchema.map((inner) => ({ type: 'json_schema', json_schema: inner })),
      ),
      reasoning_effort: fc.constantFrom(...ReasoningEffort.options),
      thinking: fc.record(
        {
          type: fc.constantFrom('enabled', 'disabled', 'adaptive', 'between_tools'),
          budget_tokens: fc.constantFrom(0, 1, 1023, 1024, 5000, 200_000),
          display: fc.constantFrom('summarized', 'omitted'),
        },
        { requiredKeys: ['type'] },
      ),
      max_tokens: tokens,
      max_completion_tokens: tokens,
      web_search_options: fc.record(
        {
          search_context_size: nullable(fc.constantFrom('low', 'medium', 'high')),
          max_uses: nullable(fc.integer({ min: 1, max: 20 })),
          user_location: nullable(place.map((approximate) => ({ type: 'approximate', approximate }))),
        },
        { requiredKeys: [] },
      ),
      prompt_cache_options: fc.record(
        { ttl: nullable(fc.constant('30m')), mode: nullable(fc.constantFrom('implicit', 'explicit')) },
        { requiredKeys: [] },
      ),
      n: fc.integer({ min: 1, max: 4 }),
    },
    { requiredKeys: [] },
  ),
};
