import type Anthropic from '@anthropic-ai/sdk';
import type { AssistantMessage, ReasoningDetail } from '../../shared/chat-message.ts';
import { digestOf, isCarried } from './answer-layout.ts';
import type { ClaudeBlock } from './claude-event.ts';
import { toTextBlocks } from './content-parts.ts';
import { refuseUnwalkable } from './nesting.ts';
import { SpokenText } from './spoken-text.ts';

type Block = Anthropic.ContentBlockParam;

/** An answer as Claude gave it, and what its thinking is bound to. */
export interface Remembered {
  model: string;
  /** Of what stood before it; see thinking-seal.ts. */
  prefix: string;
  content: readonly ClaudeBlock[];
}

export interface RestoreOptions {
  /** The model that will answer. */
  model: string;
  /** Whether the model refuses thinking from behind another prefix. */
  binds: boolean;
  /** Of what stands before the message now. */
  prefix: () => string;
  /** What was kept of the answer that made this call. */
  recall: (toolCallId: string) => Remembered | undefined;
  /** Of the message, for errors. */
  path: string;
}

/**
 * The turn with Claude's signed thinking put back: from the caller's `reasoning_details`, or from what was kept.
 * `unsealed` says that the caller sent thinking which can't be shown to be acceptable, and was left out.
 * Throws a 400 for details that can't be walked.
 */
export function restoreThinking(
  message: AssistantMessage,
  turn: Block[],
  options: RestoreOptions,
): { blocks: Block[]; unsealed: boolean } {
  const fits = (model: unknown, prefix: unknown): boolean =>
    model === options.model && (!options.binds || prefix === options.prefix());
  const details = message.reasoning_details ?? [];
  if (details.length > 0 && details.every(({ model, prefix }) => fits(model, prefix))) {
    refuseUnwalkable(details, `${options.path}.reasoning_details`);
    const blocks = putBack(details, message, turn);
    if (blocks) return { blocks, unsealed: false };
  }
  const [firstCall] = message.tool_calls ?? [];
  const kept = firstCall && options.recall(firstCall.id);
  if (kept && fits(kept.model, kept.prefix) && isSameAnswer(kept.content, turn) && !endsInThinking(kept.content)) {
    // Sound: these are blocks of Claude's own answer, which it takes back as they are.
    return { blocks: kept.content.map((block) => ({ ...block })) as unknown as Block[], unsealed: false };
  }
  return { blocks: turn, unsealed: details.length > 0 };
}

/**
 * The turn with each thinking block in the place where Claude had it; undefined when the caller changed what stood
 * before one of them, or sent not all of them. What follows the last one is as in any other turn.
 */
function putBack(details: readonly ReasoningDetail[], message: AssistantMessage, turn: Block[]): Block[] | undefined {
  const text = new SpokenText(message.content ?? '');
  const calls = turn.filter((block) => block.type === 'tool_use');
  const blocks: Block[] = [];
  let digest = '';
  for (const [index, detail] of inOrder(details).entries()) {
    if ((detail.index ?? index) !== index) return undefined;
    for (const item of detail.after ?? []) {
      const block = typeof item === 'number' ? text.take(item) : item === 'call' ? calls.shift() : toCarried(item);
      if (!block) return undefined;
      blocks.push(block);
      digest = digestOf(digest, block as ClaudeBlock);
    }
    if ((detail.digest ?? '') !== digest) return undefined;
    blocks.push(toThinkingBlock(detail));
  }
  blocks.push(...text.rest(), ...toTextBlocks(message.refusal ?? ''), ...calls);
  return endsInThinking(blocks) ? undefined : blocks;
}

/** Claude refuses a turn that does. */
function endsInThinking(blocks: readonly { type: string }[]): boolean {
  const last = blocks.at(-1)?.type;
  return last === 'thinking' || last === 'redacted_thinking';
}

/** Clients may keep them in an order of their own. */
function inOrder(details: readonly ReasoningDetail[]): ReasoningDetail[] {
  return [...details].sort((left, right) => (left.index ?? 0) - (right.index ?? 0));
}

function toThinkingBlock(detail: ReasoningDetail): Block {
  return detail.type === 'thinking'
    ? { type: 'thinking', thinking: detail.thinking, signature: detail.signature }
    : { type: 'redacted_thinking', data: detail.data };
}

/** A block of Claude's own search. Any other kind would let a caller send what is refused everywhere else. */
function toCarried(item: { type: string }): Block | undefined {
  // Sound: the digest says that it is as Claude gave it, and Claude checks it once more.
  return isCarried(item) ? (item as unknown as Block) : undefined;
}

/** Whether the caller returned the answer unchanged: the same text and the same calls. */
function isSameAnswer(kept: readonly ClaudeBlock[], turn: readonly Block[]): boolean {
  return outline(kept) === outline(turn);
}

function outline(blocks: readonly { type: string }[]): string {
  let text = '';
  const calls: unknown[] = [];
  for (const block of blocks as readonly ClaudeBlock[]) {
    if (block.type === 'text') text += block.text ?? '';
    else if (block.type === 'tool_use') calls.push([block.id, block.name, block.input]);
  }
  return JSON.stringify([text.trim(), calls]);
}
