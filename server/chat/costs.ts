import type { Call } from '../calls/call.ts';
import type { Spending } from '../calls/spending.ts';
import { addUsage, toUsage } from '../claude/answer/usage.ts';
import type { ClaudeUsage } from '../claude/messages-api.ts';

/**
 * Adds up what Claude's calls for one answer cost. Claude bills each call that it answered, so that they count as well
 * where another choice fails, the caller leaves, or the answer is refused to the caller.
 */
export class Costs {
  #model = '';
  #usage: ClaudeUsage | undefined;

  /** Counts a call, once Claude has told its tokens. */
  add(model: string, usage: ClaudeUsage): void {
    if (toUsage(usage) === undefined) return;
    this.#model = model;
    this.#usage = this.#usage ? addUsage(this.#usage, usage) : usage;
  }

  /** Reports the sum, once. */
  settle({ spent }: { spent: (spending: Spending) => void }, { owner, record }: Pick<Call, 'owner' | 'record'>): void {
    const usage = this.#usage && toUsage(this.#usage);
    if (usage === undefined) return;
    record.usage = usage;
    spent({ caller: owner, model: this.#model, usage });
  }
}
