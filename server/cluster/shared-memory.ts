import type { KeptThinking, Thinking, ThinkingMemory } from '../chat/thinking-memory.ts';
import type { Peers } from './peers.ts';

/** A caller waits for its answer no longer than this because another worker is slow to take a copy. */
const MAX_MS = 250;

/**
 * Signed thinking that every worker holds: the next turn of a conversation may come to any of them, and it is
 * needed in the midst of translating. It costs the memory of one worker times their number.
 */
export class SharedMemory implements Thinking {
  readonly #local: ThinkingMemory;
  readonly #peers: Peers;
  readonly recall: Thinking['recall'];

  constructor(local: ThinkingMemory, peers: Peers) {
    this.#local = local;
    this.#peers = peers;
    this.recall = (owner, toolCallId) => local.recall(owner, toolCallId);
  }

  /** Resolves when the others have it as well, so that it is there before the caller can come back with it. */
  async keep(...[owner, seal, answer]: Parameters<Thinking['keep']>): Promise<void> {
    const content = this.#local.keep(owner, seal, answer);
    if (content === undefined) return;
    const kept = { owner, seal, answer: content };
    await this.#peers.askAll({ ask: 'keep', kept }, MAX_MS);
  }

  /** Takes over what the longest-running worker holds, for one that has just begun. */
  async seed(): Promise<void> {
    for await (const message of this.#peers.listOfOldest({ ask: 'memory' })) {
      if (!('kept' in message)) return;
      const { owner, seal, answer } = message.kept as KeptThinking;
      this.#local.keep(owner, seal, answer);
    }
  }
}
