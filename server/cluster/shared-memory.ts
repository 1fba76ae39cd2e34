import type { KeptThinking, Thinking, ThinkingMemory } from '../chat/thinking-memory.ts';
import type { Peers } from './peers.ts';

/** A caller waits for its answer no longer than this because another worker is slow to take a copy. */
const MAX_MS = 250;
const SEED_MS = 2000;

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
    const copies = this.#peers.others.map((worker) => this.#peers.ask(worker, { ask: 'keep', kept }, MAX_MS));
    await Promise.allSettled(copies);
  }

  /** Takes over what the longest-running worker holds, for one that has just begun. */
  async seed(): Promise<void> {
    const [oldest] = this.#peers.others;
    if (oldest === undefined) return;
    const opened = await this.#peers.open(oldest, { ask: 'memory' }).catch(() => undefined);
    const late = AbortSignal.timeout(SEED_MS);
    for (let message: object | undefined = opened?.first; message && 'kept' in message;) {
      const { owner, seal, answer } = message.kept as KeptThinking;
      this.#local.keep(owner, seal, answer);
      message = await opened!.socket.next(late);
    }
    opened?.socket.end();
  }
}
