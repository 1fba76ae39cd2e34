import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import type { Notices } from '../notices.ts';
import type { Reasoning } from './reasoning.ts';

/**
 * The reasoning of a request whose turns are known. With a thinking budget Claude refuses to go on from a tool's result
 * unless the call's own thinking stands before it: where that is lost, the request goes without a budget, with a notice.
 */
export function withoutBrokenContinuation(
  reasoning: Reasoning,
  messages: readonly Anthropic.MessageParam[],
  request: ChatCompletionRequest,
  notices: Notices,
): Reasoning {
  if (reasoning.thinking?.type !== 'enabled') return reasoning;
  const last = messages.findLast((turn) => turn.role === 'assistant');
  const blocks = Array.isArray(last?.content) ? last.content : [];
  const continues = blocks.some((block) => block.type === 'tool_use') && isToolResult(messages.at(-1));
  if (!continues || blocks[0]?.type === 'thinking' || blocks[0]?.type === 'redacted_thinking') return reasoning;
  const field = request.thinking ? 'thinking' : 'reasoning_effort';
  for (const param of [field, 'thinking.type', 'thinking.budget_tokens']) notices.retract(param);
  notices.add(
    field,
    'ignored',
    "Claude can't think on from a tool's result without the thinking of its call, which is no longer kept",
  );
  return { ...reasoning, thinking: undefined, thinks: false, wanted: false };
}

function isToolResult(turn: Anthropic.MessageParam | undefined): boolean {
  return Array.isArray(turn?.content) && turn.content.some((block) => block.type === 'tool_result');
}
