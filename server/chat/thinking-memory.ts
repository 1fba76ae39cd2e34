import { LRUCache } from 'lru-cache';
import type { ClaudeBlock } from '../claude/messages-api.ts';
import { isSignedThinking, type Remembered } from '../claude/thinking/restore-thinking.ts';
import type { Seal } from '../claude/thinking/thinking-seal.ts';
import { saysSomething } from './continue-paused.ts';

/** An answer as it is kept: its blocks, and what they are bound to. */
export interface KeptThinking {
  owner: string;
  seal: Seal;
  answer: readonly ClaudeBlock[];
}

/** The memory as the verbs use it. */
export interface Thinking {
  /** Resolves when the caller may come back with the next turn. */
  keep(owner: string, seal: Seal, answer: readonly ClaudeBlock[]): unknown;
  recall(owner: string, toolCallId: string): Remembered | undefined;
}

interface Kept extends Remembered {
  owner: string;
}

export interface ThinkingMemoryOptions {
  /** Milliseconds an answer is kept after it was last used. */
  lifetimeMs: number;
  /** Maximum bytes of all answers together. */
  maxBytes: number;
}

export const THINKING_MEMORY: ThinkingMemoryOptions = { lifetimeMs: 60 * 60_000, maxBytes: 64 * 1024 * 1024 };

/**
 * Keeps answers that hold signed thinking and tool calls, so that callers who know nothing of thinking
 * do not lose it between calls. Bounded and expiring; the least recently used go first.
 */
export class ThinkingMemory {
  readonly #maxBytes: number;
  readonly #kept: LRUCache<string, Kept>;

  constructor({ lifetimeMs, maxBytes }: ThinkingMemoryOptions = THINKING_MEMORY) {
    this.#maxBytes = maxBytes;
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      // At its end an answer is gone; the cache holds it for as long as it is not older than this.
      ttl: lifetimeMs - 1,
      ttlResolution: 0,
      updateAgeOnGet: true,
      allowStale: true,
      perf: Date,
    });
  }

  /** Bytes held, about. */
  get bytes(): number {
    return this.#kept.calculatedSize;
  }

  /**
   * Keeps an answer under the id of its first call. Returns what it kept: nothing of an answer without calls, and that
   * call alone of one without signed thinking, so that thinking which is not kept can be told from none.
   */
  keep(owner: string, seal: Seal, answer: readonly ClaudeBlock[]): readonly ClaudeBlock[] | undefined {
    const said = answer.filter(saysSomething);
    const first = said.find((block) => block.type === 'tool_use');
    if (!first?.id) return undefined;
    const content = said.some(isSignedThinking) ? said : [{ type: first.type, id: first.id }];
    const size = JSON.stringify(content).length * 2;
    if (size > this.#maxBytes) return undefined;
    this.#releaseOld();
    this.#kept.set(keyOf(owner, first.id), { ...seal, owner, content }, { size });
    return content;
  }

  recall(owner: string, toolCallId: string): Remembered | undefined {
    return this.#kept.get(keyOf(owner, toolCallId), { allowStale: false });
  }

  /** Everything that is kept, the least recently used first. */
  *all(): Generator<KeptThinking> {
    for (const kept of this.#kept.rvalues()) {
      const { owner, model, prefix, told, content } = kept!;
      yield { owner, seal: { model, prefix, told }, answer: content };
    }
  }

  /** The cache itself looks at all of them for those that are too old; the least recently used are the oldest. */
  #releaseOld(): void {
    for (const key of this.#kept.rkeys()) {
      if (this.#kept.getRemainingTTL(key) >= 0) return;
      this.#kept.delete(key);
    }
  }
}

function keyOf(owner: string, toolCallId: string): string {
  return `${owner}\0${toolCallId}`;
}
