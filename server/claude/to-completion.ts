import type { ChatCompletion, CompletionMessage } from '../../shared/chat-completion.ts';
import type { Notice } from '../../shared/notice.ts';
import type { ClaudeMessage } from './claude-event.ts';
import { toFinishReason, toRefusal } from './finish-reason.ts';
import { toServiceTier, toUsage } from './usage.ts';

export interface Envelope {
  /** `chatcmpl-…`. */
  id: string;
  /** Unix seconds. */
  created: number;
}

/** Claude's whole answer as OpenAI's. Blocks of unknown types are passed over. */
export function toCompletion(
  answer: ClaudeMessage,
  { id, created }: Envelope,
  notices: readonly Notice[],
): ChatCompletion {
  const message = toMessage(answer);
  const tier = toServiceTier(answer.usage);
  return {
    id,
    object: 'chat.completion',
    created,
    model: answer.model,
    choices: [
      {
        index: 0,
        message,
        logprobs: null,
        finish_reason: toFinishReason(answer.stop_reason, message.tool_calls !== undefined),
      },
    ],
    usage: toUsage(answer.usage),
    ...(tier !== undefined && { service_tier: tier }),
    ...(notices.length > 0 && { notices: [...notices] }),
  };
}

function toMessage(answer: ClaudeMessage): CompletionMessage {
  let text = '';
  let reasoning = '';
  const toolCalls: NonNullable<CompletionMessage['tool_calls']> = [];
  for (const block of answer.content) {
    if (block.type === 'text') text += block.text ?? '';
    else if (block.type === 'thinking') reasoning += block.thinking ?? '';
    else if (block.type === 'tool_use') {
      const { id = '', name = '', input } = block;
      toolCalls.push({ id, type: 'function', function: { name, arguments: JSON.stringify(input ?? {}) } });
    }
  }
  const refusal = toRefusal(answer.stop_reason, answer.stop_details);
  return {
    role: 'assistant',
    content: text === '' && (toolCalls.length > 0 || refusal !== null) ? null : text,
    refusal,
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
  };
}
