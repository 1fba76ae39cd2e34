import type { Usage } from '../../shared/chat-completion.ts';
import type { Call } from '../calls/call.ts';
import type { Spending } from '../calls/spending.ts';
import { addUsage, readUsage, toUsage } from '../claude/answer/usage.ts';
import type { ClaudeUsage } from '../claude/messages-api.ts';
import { costOf, NANO } from './cost-of.ts';
import type { PriceTable } from './price-table.ts';

/**
 * Adds up what Claude's calls for one answer cost. Claude bills each call that it answered, so that they count as well
 * where another choice fails, the caller leaves, or the answer is refused to the caller.
 */
export class Costs {
  readonly #prices: PriceTable;
  #model = '';
  #usage: ClaudeUsage | undefined;
  /** Undefined when the price of a call is not known. */
  #nanoDollars: number | undefined = 0;

  constructor({ prices }: { prices: PriceTable }) {
    this.#prices = prices;
  }

  /** Counts a call, once Claude has told its tokens. */
  add(model: string, usage: ClaudeUsage): void {
    if (toUsage(usage) === undefined) return;
    this.#model = model;
    this.#usage = this.#usage ? addUsage(this.#usage, usage) : usage;
    const cost = costOf(this.#prices, model, readUsage(usage));
    this.#nanoDollars = cost === undefined || this.#nanoDollars === undefined ? undefined : this.#nanoDollars + cost;
  }

  /** The usage of an answer with what all of its calls so far have cost. */
  priced<U extends Usage | undefined>(usage: U): U {
    return usage && { ...usage, cost: this.#nanoDollars === undefined ? null : this.#nanoDollars / NANO };
  }

  /** Reports the sum, once. */
  settle({ spent }: { spent: (spending: Spending) => void }, { owner, record }: Pick<Call, 'owner' | 'record'>): void {
    const usage = this.#usage && toUsage(this.#usage);
    if (usage === undefined) return;
    record.usage = this.priced(usage);
    spent({ caller: owner, model: this.#model, usage, nanoDollars: this.#nanoDollars });
  }
}
