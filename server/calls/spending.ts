import type { Usage } from '../../shared/chat-completion.ts';

/** What one answer has cost, with all of its choices. */
export interface Spending {
  /** The id of the caller who asked for it first. */
  caller: string;
  /** The model of Claude's that answered. */
  model: string;
  usage: Usage;
  /** It is an answer of a batch, for which Claude takes half the price. */
  batch?: boolean;
}
