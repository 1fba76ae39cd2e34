import type { ClaudeUsage } from '../claude/messages-api.ts';
import { rulesOf } from '../claude/models.ts';
import type { PriceTable } from './price-table.ts';

/** Nano-dollars in a dollar. */
export const NANO = 1_000_000_000;
/** US dollars a million tokens, in nano-dollars a token. */
const NANO_A_TOKEN = 1000;

/**
 * What one call to Claude cost, in whole nano-dollars (billionths of a US dollar): Claude's own usage times the prices.
 * Undefined for a model, or a speed, that has no price. Of what was written to the cache, all that is not said to be kept
 * for an hour is kept for five minutes.
 */
export function costOf(table: PriceTable, model: string, usage: ClaudeUsage): number | undefined {
  const found = table.models[model] ?? table.models[rulesOf(model)?.id ?? ''];
  if (found === undefined) return undefined;
  const input = usage.input_tokens ?? 0;
  const read = usage.cache_read_input_tokens ?? 0;
  const written = usage.cache_creation_input_tokens ?? 0;
  const writtenFor1h = Math.min(usage.cache_creation?.ephemeral_1h_input_tokens ?? 0, written);
  const price = found.long && input + read + written > found.long.above ? found.long.price : found;
  const factor = factorOf(usage, found.fast);
  if (factor === undefined) return undefined;
  const tokens =
    input * price.input +
    read * price.cacheRead +
    (written - writtenFor1h) * price.cacheWrite5m +
    writtenFor1h * price.cacheWrite1h +
    (usage.output_tokens ?? 0) * price.output;
  const searches = (usage.server_tool_use?.web_search_requests ?? 0) * table.webSearch;
  return Math.round(tokens * NANO_A_TOKEN * factor + searches * NANO);
}

/** What the price is multiplied by, for the speed, the tier and the region of the call. */
function factorOf({ speed, service_tier: tier, inference_geo: geo }: ClaudeUsage, fast?: number): number | undefined {
  const ofSpeed = speed === 'fast' ? fast : 1;
  return ofSpeed && ofSpeed * (tier === 'batch' ? 0.5 : 1) * (geo === 'us' ? 1.1 : 1);
}
