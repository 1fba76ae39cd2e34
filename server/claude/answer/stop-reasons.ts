import type { FinishReason } from '../../../shared/chat-completion.ts';
import type { Notice } from '../../../shared/notice.ts';

interface StopReason {
  /** OpenAI's word for it, where the answer has no calls that may be run. */
  finishReason: FinishReason;
  /** Calls of the answer are whole, and may be run: agent loops go by `tool_calls`, whatever Claude calls its end. */
  callsAreWhole: boolean;
}

/**
 * What becomes of each of Claude's stop reasons.
 * @see https://docs.claude.com/en/api/handling-stop-reasons
 */
export const STOP_REASONS = {
  end_turn: { finishReason: 'stop', callsAreWhole: true },
  stop_sequence: { finishReason: 'stop', callsAreWhole: true },
  tool_use: { finishReason: 'stop', callsAreWhole: true },
  // Claude paused in its own searches, and was sent on as often as it may be.
  pause_turn: { finishReason: 'stop', callsAreWhole: true },
  // A call that was cut short must not be run.
  max_tokens: { finishReason: 'length', callsAreWhole: false },
  model_context_window_exceeded: { finishReason: 'length', callsAreWhole: false },
  refusal: { finishReason: 'content_filter', callsAreWhole: false },
} as const satisfies Record<string, StopReason>;

/** For a reason that Claude's API has gained since. */
const UNKNOWN: StopReason = STOP_REASONS.end_turn;

/** Maximum length of an unknown reason in its notice. */
const MAX_REASON_LENGTH = 100;

function rowOf(stopReason: string | null): StopReason {
  return isKnown(stopReason) ? STOP_REASONS[stopReason] : UNKNOWN;
}

function isKnown(stopReason: string | null): stopReason is keyof typeof STOP_REASONS {
  return stopReason !== null && Object.hasOwn(STOP_REASONS, stopReason);
}

/** OpenAI's finish reason for Claude's stop reason. */
export function toFinishReason(
  stopReason: string | null,
  hasToolCalls: boolean,
  legacyFunctions = false,
): FinishReason {
  const { finishReason, callsAreWhole } = rowOf(stopReason);
  if (!hasToolCalls || !callsAreWhole) return finishReason;
  return legacyFunctions ? 'function_call' : 'tool_calls';
}

/** The notice of a reason that the table does not have; undefined for the others. */
export function noticeOfStop(stopReason: string | null): Notice | undefined {
  if (stopReason === null || isKnown(stopReason)) return undefined;
  const reason = stopReason.slice(0, MAX_REASON_LENGTH);
  return {
    param: 'finish_reason',
    action: 'substituted',
    message: `Claude stopped for a reason that this server does not know, '${reason}'; the answer is given as one that ended by itself`,
  };
}

/** The text of a refusal, which is Claude's explanation where it gives one; null for any other answer. */
export function toRefusal(
  stopReason: string | null,
  details: { explanation?: string | null } | null | undefined,
): string | null {
  if (stopReason !== 'refusal') return null;
  return details?.explanation || 'Claude declined to answer this request.';
}
