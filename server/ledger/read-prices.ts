import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../config.ts';
import { type PriceTable, PRICES } from './price-table.ts';

const Dollars = z.number().min(0);
const Price = z.strictObject({
  input: Dollars,
  output: Dollars,
  cacheWrite5m: Dollars,
  cacheWrite1h: Dollars,
  cacheRead: Dollars,
  fast: z.number().positive().optional(),
});
const LongPrice = Price.extend({
  long: z.strictObject({ above: z.int().positive(), price: Price }).optional(),
});
const PriceFile = z.strictObject({
  version: z.string().min(1),
  models: z.record(z.string().min(1), LongPrice).default({}),
  webSearch: Dollars.default(PRICES.webSearch),
});

/**
 * The prices of a file over the built-in ones: its models win, and those that it lacks keep theirs. Throws a `ConfigError`
 * that names the field.
 */
export function readPrices(path: string | undefined): PriceTable {
  if (path === undefined) return PRICES;
  try {
    const { version, models, webSearch } = PriceFile.parse(JSON.parse(readFileSync(path, 'utf8')));
    return { version, models: { ...PRICES.models, ...models }, webSearch };
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new ConfigError(`Trestle can't start, the configuration is wrong:\n  TRESTLE_PRICES: ${path}: ${why}`, {
      cause,
    });
  }
}
