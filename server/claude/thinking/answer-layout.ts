import { createHash } from 'node:crypto';
import type { ReasoningDetail } from '../../../shared/reasoning-detail.ts';
import type { ClaudeBlock } from '../messages-api.ts';
import type { Seal } from './thinking-seal.ts';

type LayoutItem = NonNullable<ReasoningDetail['after']>[number];

/** Blocks of Claude's own searches. OpenAI's message has no place for them, so they travel with the thinking behind them. */
const CARRIED: ReadonlySet<string> = new Set(['server_tool_use', 'web_search_tool_result']);

export function isCarried(block: { type: string }): boolean {
  return CARRIED.has(block.type);
}

/**
 * Tells of each signed thinking block of an answer where it stood: Claude thinks between texts and calls as well,
 * and takes its thinking back in its own place alone, while OpenAI's message keeps texts and calls apart.
 */
export class AnswerLayout {
  readonly #seal: Seal;
  #index = 0;
  /** Since the last thinking block. */
  #after: LayoutItem[] = [];
  #digest = '';

  constructor(seal: Seal) {
    this.#seal = seal;
  }

  /** The next block of the answer. Signed thinking comes back as a detail for callers that keep it. */
  add(block: ClaudeBlock): ReasoningDetail[] {
    switch (block.type) {
      case 'thinking': {
        const { thinking = '', signature } = block;
        return signature ? [{ type: 'thinking', thinking, signature, ...this.#place() }] : [];
      }
      case 'redacted_thinking':
        return [{ type: 'redacted_thinking', data: block.data ?? '', ...this.#place() }];
      case 'text':
        if (!block.text) return [];
        this.#after.push(block.text.length);
        break;
      case 'tool_use':
        this.#after.push('call');
        break;
      default:
        this.#after.push(isCarried(block) ? { ...block } : { type: block.type });
    }
    this.#digest = digestOf(this.#digest, block);
    return [];
  }

  #place(): Omit<ReasoningDetail, 'type'> {
    const after = this.#after;
    this.#after = [];
    return {
      index: this.#index++,
      ...(after.length > 0 && { after }),
      ...(this.#digest !== '' && { digest: this.#digest }),
      ...this.#seal,
    };
  }
}

/**
 * Names what an answer says up to and with this block, in whatever order a client's store may have put the keys.
 * A call's id is not part of it, as it may have to be replaced.
 */
export function digestOf(before: string, block: ClaudeBlock): string {
  const { type, text, name, input } = block;
  const said = type === 'text' ? [type, text] : type === 'tool_use' ? [type, name, input] : block;
  return createHash('sha256').update(before).update(JSON.stringify(said, inOrder)).digest('base64url').slice(0, 22);
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}
