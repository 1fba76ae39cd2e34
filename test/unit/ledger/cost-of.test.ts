import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClaudeUsage } from '../../../server/claude/messages-api.ts';
import { MODELS } from '../../../server/claude/models.ts';
import { costOf } from '../../../server/ledger/cost-of.ts';
import { PRICES } from '../../../server/ledger/price-table.ts';

const MILLION = 1_000_000;

test.each<[string, string, ClaudeUsage, dollars: number]>([
  ['input', 'claude-opus-5-5', { input_tokens: MILLION }, 4],
  ['output', 'claude-opus-5-5', { output_tokens: MILLION }, 20],
  ['what is read from the cache', 'claude-fable-5-2', { cache_read_input_tokens: MILLION }, 0.2],
  ['what is written to the cache', 'claude-sonnet-5-5', { cache_creation_input_tokens: MILLION }, 2.5],
  [
    'what is written for an hour, and for five minutes',
    'claude-sonnet-5-5',
    { cache_creation_input_tokens: MILLION, cache_creation: { ephemeral_1h_input_tokens: MILLION / 4 } },
    0.75 * 2.5 + 0.25 * 4,
  ],
  ['a dated id', 'claude-haiku-4-5-20251001', { input_tokens: MILLION, output_tokens: MILLION }, 6],
  ['web searches', 'claude-sonnet-4-6', { input_tokens: 0, server_tool_use: { web_search_requests: 3 } }, 0.03],
  ['fast mode', 'claude-fable-5-2', { output_tokens: MILLION, speed: 'fast' }, 80],
  ['a batch', 'claude-fable-5-2', { output_tokens: MILLION, service_tier: 'batch' }, 20],
  ['the United States', 'claude-opus-4-8', { input_tokens: MILLION, inference_geo: 'us' }, 5.5],
  ['a prompt that is not long', 'claude-haiku-5-5', { input_tokens: 100_000 }, 0.01],
  ['a long prompt', 'claude-haiku-5-5', { input_tokens: 100_001 }, 0.0500005],
  [
    'a prompt that is long by its cache',
    'claude-haiku-5-5',
    { input_tokens: 1, cache_read_input_tokens: 100_000, output_tokens: 1000 },
    0.0000005 + 0.005 + 0.0025,
  ],
  ['half a nano-dollar', 'claude-haiku-5-5', { cache_creation_input_tokens: 1, service_tier: 'batch' }, 63e-9],
])('%s', (_name, model, usage, dollars) => {
  expect(costOf(PRICES, model, usage)).toBe(Math.round(dollars * 1e9));
});

describe('no cost is made up', () => {
  test.each<[string, string, ClaudeUsage]>([
    ['of a model without a price', 'claude-mythos-preview', { input_tokens: 1 }],
    ['of an unknown model', 'claude-next-9', { input_tokens: 1 }],
    ['of fast mode where there is none', 'claude-opus-4-5', { input_tokens: 1, speed: 'fast' }],
  ])('%s', (_name, model, usage) => {
    expect(costOf(PRICES, model, usage)).toBeUndefined();
  });

  test('and every model of the table but the preview has a price', () => {
    const unpriced = MODELS.filter(({ id }) => costOf(PRICES, id, { input_tokens: 1 }) === undefined);
    expect(unpriced.map(({ id }) => id)).toEqual(['claude-mythos-preview']);
  });
});

test('a cost is a whole number, never less than nothing, and more tokens never cost less', () => {
  const count = fc.nat(2 * MILLION);
  const anyUsage = fc.record({
    input_tokens: count,
    cache_read_input_tokens: count,
    cache_creation_input_tokens: count,
    output_tokens: count,
  });
  const anyModel = fc.constantFrom(...Object.keys(PRICES.models));
  fc.assert(
    fc.property(anyModel, anyUsage, fc.constantFrom('input_tokens', 'output_tokens' as const), (model, usage, more) => {
      const cost = costOf(PRICES, model, usage)!;
      expect(Number.isSafeInteger(cost) && cost >= 0).toBe(true);
      expect(costOf(PRICES, model, { ...usage, [more]: usage[more] + 1 })).toBeGreaterThan(cost);
    }),
  );
});
