import type { Usage } from '../../shared/chat-completion.ts';
import type { Access } from './caller.ts';

/** One call that Claude answered. */
export interface SpentCall {
  /** The model of Claude's that answered. */
  model: string;
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** Reasoning included. */
  outputTokens: number;
  reasoningTokens: number;
  webSearches: number;
  /** Billionths of a US dollar; null where the model has no price. */
  nanoDollars: number | null;
}

/** What one answer has cost, with all of its choices. */
export interface Spending {
  /** On whose account it is: that of the caller who asked for it first. */
  access: Pick<Access, 'keyId' | 'projectId'>;
  usage: Usage;
  /** Each call to Claude that it took. */
  calls: readonly SpentCall[];
  /** The id of the request in its batch, for which Claude takes half the price; undefined for a live one. */
  batchRequest?: string;
}
