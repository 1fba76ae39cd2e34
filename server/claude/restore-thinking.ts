import type Anthropic from '@anthropic-ai/sdk';
import type { AssistantMessage, ReasoningDetail } from '../../shared/chat-message.ts';
import type { ClaudeBlock } from './claude-event.ts';

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
}

/**
 * The turn with Claude's signed thinking put back: from the caller's `reasoning_details`, or from what was kept.
 * `unsealed` says that the caller sent thinking which can't be shown to be acceptable, and was left out.
 */
export function restoreThinking(
  message: AssistantMessage,
  turn: Block[],
  options: RestoreOptions,
): { blocks: Block[]; unsealed: boolean } {
  const fits = (model: unknown, prefix: unknown): boolean =>
    model === options.model && (!options.binds || prefix === options.prefix());
  const details = message.reasoning_details ?? [];
  if (details.length > 0) {
    if (turn.length > 0 && details.every((detail) => fits(detail['model'], detail['prefix']))) {
      return { blocks: [...details.map(toThinkingBlock), ...turn], unsealed: false };
    }
    return { blocks: turn, unsealed: true };
  }
  const [firstCall] = message.tool_calls ?? [];
  const kept = firstCall && options.recall(firstCall.id);
  if (kept && fits(kept.model, kept.prefix) && isSameAnswer(kept.content, turn)) {
    // Sound: these are blocks of Claude's own answer, which it takes back as they are.
    return { blocks: kept.content.map((block) => ({ ...block })) as unknown as Block[], unsealed: false };
  }
  return { blocks: turn, unsealed: false };
}

function toThinkingBlock(detail: ReasoningDetail): Block {
  return detail.type === 'thinking'
    ? { type: 'thinking', thinking: detail.thinking, signature: detail.signature }
    : { type: 'redacted_thinking', data: detail.data };
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
