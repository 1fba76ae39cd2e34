import type Anthropic from '@anthropic-ai/sdk';
import { type AssistantMessage } from '../../../shared/chat-message.ts';
import { ReasoningDetail } from '../../../shared/reasoning-detail.ts';
import { append } from '../append.ts';
import { AssistantText } from '../content/assistant-text.ts';
import { toTextBlocks } from '../content/content-parts.ts';
import type { ClaudeBlock } from '../messages-api.ts';
import { refuseUnwalkable } from '../schema/nesting.ts';
import { digestOf, isCarried } from './answer-layout.ts';
import { addInstruction } from './instruction-turn.ts';
import type { Seal } from './thinking-seal.ts';

type Block = Anthropic.ContentBlockParam;

/** An answer as Claude gave it; of an answer without thinking, its first call alone. */
export interface Remembered extends Seal {
  content: readonly ClaudeBlock[];
}

export interface RestoreOptions {
  /** The model that will answer. */
  model: string;
  /** Whether the model refuses thinking from behind another prefix. */
  binds: boolean;
  /** What stands before the message. A system message that Claude was told there is put back at its end. */
  turns: Anthropic.MessageParam[];
  /** Names the turns. */
  prefix: () => string;
  /** What was kept of the answer that made this call. */
  recall: (toolCallId: string) => Remembered | undefined;
  /** The path of the message, for errors. */
  path: string;
}

/** What became of an answer's thinking: `lost` where there was some, `unknown` where that can't be told. */
export type ThinkingFate = 'whole' | 'none' | 'lost' | 'unknown';

/** A call's id as Claude makes it. */
const CLAUDE_CALL = /^toolu_/;

/**
 * The turn with Claude's signed thinking put back: from the caller's `reasoning_details`, or from what was kept.
 * Throws a 400 for details that can't be walked.
 */
export function restoreThinking(
  message: AssistantMessage,
  turn: Block[],
  details: readonly ReasoningDetail[],
  options: RestoreOptions,
): { blocks: Block[]; fate: ThinkingFate } {
  const [first] = details;
  if (first && details.every((detail) => isBoundAs(detail, first)) && standsBehind(first, options)) {
    refuseUnwalkable(details, `${options.path}.reasoning_details`);
    const blocks = putBack(details, message, turn);
    if (blocks) return { blocks, fate: 'whole' };
  }
  const [firstCall] = message.tool_calls ?? [];
  const kept = firstCall && options.recall(firstCall.id);
  if (kept) {
    if (!kept.content.some(isSignedThinking)) return { blocks: turn, fate: 'none' };
    const fits = isSameAnswer(kept, turn) && !endsInThinking(kept.content) && standsBehind(kept, options);
    return fits ? { blocks: asAnswered(kept.content, turn), fate: 'whole' } : { blocks: turn, fate: 'lost' };
  }
  const isUnknown = details.length > 0 || (firstCall !== undefined && CLAUDE_CALL.test(firstCall.id));
  return { blocks: turn, fate: isUnknown ? 'unknown' : 'none' };
}

export function isSignedThinking(block: { type: string; signature?: string }): boolean {
  return Boolean(block.signature) || block.type === 'redacted_thinking';
}

/** Our own details of a message, and whether there are any of others. Some clients copy them into each part of the content. */
export function detailsOf({ reasoning_details: own, content }: AssistantMessage): {
  details: ReasoningDetail[];
  hasForeign: boolean;
} {
  const [part]: { type: string; reasoning_details?: unknown }[] = Array.isArray(content) ? content : [];
  const copied = own ?? (Array.isArray(part?.reasoning_details) ? part.reasoning_details : []);
  const details = copied.flatMap((detail: unknown) => ReasoningDetail.safeParse(detail).data ?? []);
  return { details, hasForeign: details.length < copied.length };
}

function isBoundAs(detail: ReasoningDetail, { model, prefix, told }: ReasoningDetail): boolean {
  return detail.model === model && detail.prefix === prefix && detail.told === told;
}

/** Whether what stands before the message is what the thinking is bound to; what Claude was told there is put back. */
function standsBehind(
  { model, prefix, told }: { [Key in keyof Seal]?: Seal[Key] | null },
  options: RestoreOptions,
): boolean {
  if (model !== options.model) return false;
  if (!options.binds) return true;
  const takeBack = told ? addInstruction(options.turns, told) : undefined;
  if (prefix === options.prefix()) return true;
  takeBack?.();
  return false;
}

/**
 * The turn with each thinking block in the place where Claude had it; undefined when the caller changed what stood
 * before one of them, or sent not all of them. What follows the last one is as in any other turn.
 */
function putBack(details: readonly ReasoningDetail[], message: AssistantMessage, turn: Block[]): Block[] | undefined {
  const text = new AssistantText(message.content ?? '');
  const calls = turn.filter((block) => block.type === 'tool_use');
  const blocks: Block[] = [];
  let called = 0;
  let digest = '';
  for (const [index, detail] of inOrder(details).entries()) {
    if ((detail.index ?? index) !== index) return undefined;
    for (const item of detail.after ?? []) {
      const block = typeof item === 'number' ? text.take(item) : item === 'call' ? calls[called++] : toCarried(item);
      if (!block) return undefined;
      blocks.push(block);
      digest = digestOf(digest, block as ClaudeBlock);
    }
    if ((detail.digest ?? '') !== digest) return undefined;
    blocks.push(toThinkingBlock(detail));
  }
  append(blocks, text.rest());
  append(blocks, toTextBlocks(message.refusal ?? ''));
  append(blocks, calls.slice(called));
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

interface Outline {
  text: string;
  calls: string;
}

const outlines = new WeakMap<readonly ClaudeBlock[], Outline>();

/** Whether the caller returned the answer: the same calls, and the same text. Many clients leave out a text beside calls. */
function isSameAnswer({ content }: Remembered, turn: readonly Block[]): boolean {
  let kept = outlines.get(content);
  // A client that names all of its calls alike asks for one answer many times.
  if (kept === undefined) outlines.set(content, (kept = outline(content)));
  const returned = outline(turn);
  return returned.calls === kept.calls && (returned.text === kept.text || returned.text === '');
}

function outline(blocks: readonly { type: string }[]): Outline {
  let text = '';
  const calls: unknown[] = [];
  for (const block of blocks as readonly ClaudeBlock[]) {
    if (block.type === 'text') text += block.text ?? '';
    else if (block.type === 'tool_use') calls.push([block.id, block.name, block.input]);
  }
  return { text: text.trim(), calls: JSON.stringify(calls) };
}

/** Claude's own blocks, with the caller's marks and its numbers as it wrote them. */
function asAnswered(kept: readonly ClaudeBlock[], turn: readonly Block[]): Block[] {
  const calls = turn.filter((block) => block.type === 'tool_use');
  let called = 0;
  // Sound: these are blocks of Claude's own answer, which it takes back as they are.
  return kept.map((block) => ({ ...block, ...(block.type === 'tool_use' && calls[called++]) })) as unknown as Block[];
}
