import type { FinishReason } from '../../../shared/chat-completion.ts';

/**
 * OpenAI's finish reason for Claude's stop reason. A call that Claude made says `tool_calls` even when
 * Claude calls its turn ended, because agent loops go by it; one that was cut short says `length`.
 */
export function toFinishReason(
  stopReason: string | null,
  hasToolCalls: boolean,
  legacyFunctions = false,
): FinishReason {
  switch (stopReason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'content_filter';
    default:
      if (!hasToolCalls) return 'stop';
      return legacyFunctions ? 'function_call' : 'tool_calls';
  }
}

/** The text of a refusal; Claude's explanation where it gives one. */
export function toRefusal(
  stopReason: string | null,
  details: { explanation?: string | null } | null | undefined,
): string | null {
  if (stopReason !== 'refusal') return null;
  return details?.explanation || 'Claude declined to answer this request.';
}
