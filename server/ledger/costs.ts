import type { Usage } from '../../shared/chat-completion.ts';
import type { Call } from '../calls/call.ts';
import type { Spending, SpentCall } from '../calls/spending.ts';
import { addUsage, isTold, readUsage, toUsage } from '../claude/answer/usage.ts';
import type { ClaudeUsage } from '../claude/messages-api.ts';
import { costOf, NANO } from './cost-of.ts';
import type { PriceTable } from './price-table.ts';

/**
 * Adds up what Claude's calls for one answer cost. Claude bills each call that it answered, so that they count as well
 * where another choice fails, the caller leaves, or the answer is refused to the caller.
 */
export class Costs {
  readonly #prices: PriceTable;
  /** Those that Claude answered so far. */
  readonly calls: SpentCall[] = [];
  #usage: ClaudeUsage | undefined;
  /** Null when the price of a call is not known. */
  #nanoDollars: number | null = 0;

  constructor({ prices }: { prices: PriceTable }) {
    this.#prices = prices;
  }

  /** Counts a call once Claude has reported its tokens. The report need not have been checked. */
  add(model: string, told: unknown): void {
    const usage = readUsage(told);
    if (!isTold(usage)) return;
    this.#usage = this.#usage ? addUsage(this.#usage, usage) : usage;
    const call = toSpentCall(this.#prices, model, usage);
    this.calls.push(call);
    this.#nanoDollars =
      call.nanoDollars === null || this.#nanoDollars === null ? null : this.#nanoDollars + call.nanoDollars;
  }

  /** Writes into the usage of an answer what all of its calls so far have cost, and returns it: a copy costs 1 µs. */
  priced<U extends Usage | undefined>(usage: U): U {
    if (usage) usage.cost = this.#nanoDollars === null ? null : this.#nanoDollars / NANO;
    return usage;
  }

  /** Reports the sum, once. */
  settle({ spent }: { spent: (spending: Spending) => void }, { access, record }: Spender): void {
    const usage = this.#usage && toUsage(this.#usage);
    if (usage === undefined) return;
    record.usage = this.priced(usage);
    spent({ access, usage, calls: this.calls });
  }
}

/** On whose account an answer is, and where its cost is noted. */
interface Spender {
  access: Spending['access'];
  record: Call['record'];
}

function toSpentCall(prices: PriceTable, model: string, usage: ClaudeUsage): SpentCall {
  return {
    model,
    inputTokens: usage.input_tokens ?? 0,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
    outputTokens: usage.output_tokens ?? 0,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
    webSearches: usage.server_tool_use?.web_search_requests ?? 0,
    nanoDollars: costOf(prices, model, usage) ?? null,
  };
}
