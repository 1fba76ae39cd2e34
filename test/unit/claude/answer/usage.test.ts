import { describe, expect, it, test } from 'vitest';
import { mergeUsage, toServiceTier, toUsage } from '../../../../server/claude/answer/usage.ts';
import type { ClaudeUsage } from '../../../../server/claude/messages-api.ts';

/** prompt, completion, total, cached, written, reasoning */
function counts(usage: ClaudeUsage): number[] {
  const { prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details, completion_tokens_details } =
    toUsage(usage)!;
  return [
    prompt_tokens,
    completion_tokens,
    total_tokens,
    prompt_tokens_details!.cached_tokens,
    prompt_tokens_details!.cache_write_tokens,
    completion_tokens_details!.reasoning_tokens,
  ];
}

describe("OpenAI's usage", () => {
  test.each<[string, ClaudeUsage, number[]]>([
    ['of plain tokens', { input_tokens: 12, output_tokens: 7 }, [12, 7, 19, 0, 0, 0]],
    [
      'counts cache reads into the prompt',
      { input_tokens: 3, cache_read_input_tokens: 12_304, cache_creation_input_tokens: 0, output_tokens: 7 },
      [12_307, 7, 12_314, 12_304, 0, 0],
    ],
    [
      'counts cache writes into the prompt',
      { input_tokens: 3, cache_read_input_tokens: 10, cache_creation_input_tokens: 100, output_tokens: 7 },
      [113, 7, 120, 10, 100, 0],
    ],
    [
      'counts reasoning within the completion',
      { input_tokens: 1, output_tokens: 89, output_tokens_details: { thinking_tokens: 31 } },
      [1, 89, 90, 0, 0, 31],
    ],
    [
      'takes null for nothing',
      {
        input_tokens: 5,
        cache_read_input_tokens: null,
        cache_creation_input_tokens: null,
        output_tokens: 2,
        output_tokens_details: null,
      },
      [5, 2, 7, 0, 0, 0],
    ],
  ])('%s', (_, usage, expected) => {
    expect(counts(usage)).toEqual(expected);
  });

  it('has a total that is the sum of both sides', () => {
    const [prompt, completion, total] = counts({ input_tokens: 8, cache_read_input_tokens: 4, output_tokens: 2 });
    expect(total).toBe(prompt! + completion!);
  });
});

describe('the usage of a stream', () => {
  const start: ClaudeUsage = {
    input_tokens: 43,
    cache_read_input_tokens: 9,
    output_tokens: 1,
    service_tier: 'standard',
  };

  it('replaces counts that come again, since each is the sum so far', () => {
    const merged = mergeUsage(mergeUsage(start, { output_tokens: 12 }), { output_tokens: 30 });
    expect(counts(merged)).toEqual([52, 30, 82, 9, 0, 0]);
  });

  it('takes a corrected input count instead of adding it', () => {
    expect(counts(mergeUsage(start, { input_tokens: 61, output_tokens: 5 }))).toEqual([70, 5, 75, 9, 0, 0]);
  });

  test.each([[null], [undefined], [{ cache_read_input_tokens: null, input_tokens: null }]])(
    'keeps what it has when an event says %j',
    (update) => {
      expect(mergeUsage(start, update)).toEqual(start);
    },
  );

  it('leaves what it is given alone', () => {
    const before = { ...start };
    mergeUsage(start, { output_tokens: 99 });
    expect(start).toEqual(before);
  });
});

describe('the service tier', () => {
  test.each([
    ['standard', 'default'],
    ['priority', 'priority'],
    ['batch', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%s is %s', (tier, expected) => {
    expect(toServiceTier({ service_tier: tier })).toBe(expected);
  });
});

test('what Claude did not count is not counted as 0', () => {
  expect(toUsage({})).toBeUndefined();
  expect(toUsage({ input_tokens: null, output_tokens: null })).toBeUndefined();
});
