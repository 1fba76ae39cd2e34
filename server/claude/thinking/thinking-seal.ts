import { createHash } from 'node:crypto';
import type Anthropic from '@anthropic-ai/sdk';

/** What an answer's thinking is bound to. */
export interface Seal {
  model: string;
  /** Names what stood before it; see {@link ThinkingSeal}. */
  prefix: string;
  /** The instruction that we gave Claude right before it, in a system message of our own. */
  told?: string | null | undefined;
}

type Turn = Anthropic.MessageParam;

/** How far a turn has been hashed. */
interface Progress {
  turn: Turn;
  /** The name of all that stands before the turn. */
  before: string;
  blocks: number;
  /** The name up to and with these blocks. */
  name: string;
}

/**
 * Names what stands before each answer of a conversation. Claude binds signed thinking to it on the newest models,
 * and refuses the whole request when it differs, so thinking goes back only under the same name. Each block is hashed
 * once, while the turns grow at their end. Cache marks are not part of it.
 */
export class ThinkingSeal {
  readonly #prefix: () => { system: readonly Anthropic.TextBlockParam[]; tools: readonly Anthropic.ToolUnion[] };
  #base: string | undefined;
  readonly #known: Progress[] = [];

  /** `system` and `tools` are read at the first question. */
  constructor(prefix: () => { system: readonly Anthropic.TextBlockParam[]; tools: readonly Anthropic.ToolUnion[] }) {
    this.#prefix = prefix;
  }

  /** The name of what these turns, and all before them, are. Since the last question they may have changed at the end alone. */
  of(turns: readonly Turn[]): string {
    const known = this.#known;
    while (known.length > 0 && known.at(-1)!.turn !== turns[known.length - 1]) known.pop();
    for (let index = Math.max(0, known.length - 1); index < turns.length; index += 1) {
      const turn = turns[index]!;
      const before = known[index - 1]?.name ?? this.#start();
      known[index] = advance(known[index] ?? { turn, before, blocks: 0, name: before });
    }
    return known.at(-1)?.name ?? this.#start();
  }

  #start(): string {
    if (this.#base === undefined) {
      const { system, tools } = this.#prefix();
      this.#base = hash('', JSON.stringify([system.map(withoutMark), tools.map(withoutMark)]));
    }
    return this.#base;
  }
}

function advance({ turn, before, blocks, name }: Progress): Progress {
  const content = typeof turn.content === 'string' ? [{ type: 'text' as const, text: turn.content }] : turn.content;
  // A block that was taken back.
  const isShorter = content.length < blocks;
  let named = isShorter ? before : name;
  for (let index = isShorter ? 0 : blocks; index < content.length; index += 1) {
    named = hash(named, JSON.stringify([turn.role, withoutMarks(content[index]!)]));
  }
  return { turn, before, blocks: content.length, name: named };
}

function hash(before: string, text: string): string {
  return createHash('sha256').update(before).update(text).digest('base64url').slice(0, 22);
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
