import { createHash } from 'node:crypto';
import type Anthropic from '@anthropic-ai/sdk';

type Turn = Anthropic.MessageParam;

/** The last turns may still grow while a conversation is put together; those before them are hashed once. */
const UNSETTLED_TURNS = 3;

/**
 * Names what stands before each answer of a conversation. Claude binds signed thinking to it on the newest models,
 * and refuses the whole request when it differs, so thinking goes back only under the same name. Each name is made
 * from the one before it, so that a long conversation is hashed once and not once for each answer. Cache marks
 * are not part of it.
 */
export class ThinkingSeal {
  readonly #base: () => string;
  /** Names up to each settled turn. */
  readonly #settled: string[] = [];

  /** `system` and `tools` are read at the first question. */
  constructor(prefix: () => { system: readonly Anthropic.TextBlockParam[]; tools: readonly Anthropic.ToolUnion[] }) {
    this.#base = () => {
      const { system, tools } = prefix();
      return hash('', JSON.stringify([system.map(withoutMark), tools.map(withoutMark)]));
    };
  }

  /** The name of what these turns, and all before them, are. */
  of(turns: readonly Turn[]): string {
    if (this.#settled.length === 0) this.#settled.push(this.#base());
    while (this.#settled.length - 1 < turns.length - UNSETTLED_TURNS) {
      const index = this.#settled.length - 1;
      this.#settled.push(hash(this.#settled[index]!, textOf(turns[index]!)));
    }
    const settled = Math.min(this.#settled.length - 1, Math.max(0, turns.length - UNSETTLED_TURNS));
    let name = this.#settled[settled]!;
    for (const turn of turns.slice(settled)) name = hash(name, textOf(turn));
    return name;
  }
}

function hash(before: string, text: string): string {
  return createHash('sha256').update(before).update(text).digest('base64url').slice(0, 22);
}

function textOf({ role, content }: Turn): string {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(withoutMarks);
  return JSON.stringify([role, blocks]);
}

function withoutMarks(block: Anthropic.ContentBlockParam): unknown {
  if (block.type !== 'tool_result' || !Array.isArray(block.content)) return withoutMark(block);
  return withoutMark({ ...block, content: block.content.map(withoutMark) });
}

function withoutMark(block: object): unknown {
  if (!('cache_control' in block)) return block;
  const { cache_control: _mark, ...rest } = block;
  return rest;
}
