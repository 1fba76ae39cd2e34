import type { ClaudeBlock } from '../claude/messages-api.ts';
import { saysSomething } from './continue-paused.ts';
import type { Seal } from '../claude/thinking/thinking-seal.ts';
import { isSignedThinking, type Remembered } from '../claude/thinking/restore-thinking.ts';

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
  expiresAt: number;
  size: number;
}

export interface ThinkingMemoryOptions {
  /** Milliseconds an answer is kept after it was last used. */
  lifetimeMs: number;
  /** Of all answers together. */
  maxBytes: number;
}

export const THINKING_MEMORY: ThinkingMemoryOptions = { lifetimeMs: 60 * 60_000, maxBytes: 64 * 1024 * 1024 };

/**
 * Keeps answers that hold signed thinking and tool calls, so that callers who know nothing of thinking
 * do not lose it between calls. Bounded and expiring; the least recently used go first.
 */
export class ThinkingMemory {
  readonly #options: ThinkingMemoryOptions;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(options: ThinkingMemoryOptions = THINKING_MEMORY) {
    this.#options = options;
  }

  /** Bytes held, about. */
  get bytes(): number {
    return this.#bytes;
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
    const key = keyOf(owner, first.id);
    const size = JSON.stringify(content).length * 2;
    if (size > this.#options.maxBytes) return undefined;
    this.#release(key);
    this.#kept.set(key, { ...seal, owner, content, size, expiresAt: Date.now() + this.#options.lifetimeMs });
    this.#bytes += size;
    this.#shrink();
    return content;
  }

  recall(owner: string, toolCallId: string): Remembered | undefined {
    const key = keyOf(owner, toolCallId);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    if (kept.expiresAt <= Date.now()) {
      this.#bytes -= kept.size;
      return undefined;
    }
    // Back to the end of the line.
    kept.expiresAt = Date.now() + this.#options.lifetimeMs;
    this.#kept.set(key, kept);
    return kept;
  }

  /** Everything that is kept, the least recently used first. */
  *all(): Generator<KeptThinking> {
    for (const { owner, model, prefix, told, content } of this.#kept.values())
      yield { owner, seal: { model, prefix, told }, answer: content };
  }

  #shrink(): void {
    const now = Date.now();
    for (const [key, kept] of this.#kept) {
      if (kept.expiresAt > now && this.#bytes <= this.#options.maxBytes) return;
      this.#release(key);
    }
  }

  #release(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= kept.size;
  }
}

function keyOf(owner: string, toolCallId: string): string {
  return `${owner}\0${toolCallId}`;
}
