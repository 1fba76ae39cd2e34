/** US dollars a million tokens, by what the tokens are. */
export interface Price {
  input: number;
  output: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  cacheRead: number;
  /** For prompts of more tokens than `above`, those from the cache included: all of the call's tokens cost that. */
  long?: { above: number; price: Price };
  /** What fast mode multiplies all of these by; left out where the model has none. */
  fast?: number;
}

export interface PriceTable {
  /** The day on which these prices were current. */
  version: string;
  models: Readonly<Record<string, Price>>;
  /** US dollars for one web search. */
  webSearch: number;
}

function price(input: number, output: number, cacheWrite5m: number, cacheWrite1h: number, cacheRead: number): Price {
  return { input, output, cacheWrite5m, cacheWrite1h, cacheRead };
}

const FABLE_5_2 = { ...price(8, 40, 10, 16, 0.2), fast: 2 };
const FABLE_5_1 = price(10, 50, 12.5, 20, 0.25);
const FABLE_5 = price(10, 50, 12.5, 20, 1);
const OPUS = price(5, 25, 6.25, 10, 0.5);
const SONNET_4 = price(3, 15, 3.75, 6, 0.3);

/**
 * Claude's prices. A model that is not here has no price, which is said wherever a cost would stand; none is free.
 * @see https://platform.claude.com/docs/en/about-claude/pricing
 */
export const PRICES: PriceTable = {
  version: '2026-11-09',
  models: {
    'claude-fable-5-2': FABLE_5_2,
    'claude-mythos-5-2': FABLE_5_2,
    'claude-fable-5-1': FABLE_5_1,
    'claude-mythos-5-1': FABLE_5_1,
    'claude-fable-5': FABLE_5,
    'claude-mythos-5': FABLE_5,
    'claude-opus-5-5': { ...price(4, 20, 5, 8, 0.2), fast: 2 },
    'claude-opus-5': { ...OPUS, fast: 2 },
    'claude-opus-4-8': { ...OPUS, fast: 2 },
    'claude-opus-4-7': OPUS,
    'claude-opus-4-6': OPUS,
    'claude-opus-4-5': OPUS,
    'claude-sonnet-5-5': price(2, 10, 2.5, 4, 0.1),
    'claude-sonnet-5': price(2, 10, 2.5, 4, 0.2),
    'claude-sonnet-4-6': SONNET_4,
    'claude-sonnet-4-5': SONNET_4,
    'claude-haiku-5-5': {
      ...price(0.1, 0.5, 0.125, 0.2, 0.01),
      long: { above: 100_000, price: price(0.5, 2.5, 0.625, 1, 0.05) },
    },
    'claude-haiku-4-5': price(1, 5, 1.25, 2, 0.1),
  },
  webSearch: 0.01,
};
