import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import type { ModelRules } from '../models.ts';
import type { Notices } from '../notices.ts';

export interface Sampling {
  temperature?: number;
  top_p?: number;
}

const OPENAI_DEFAULT = 1;
const MAX_TEMPERATURE = 1;
/** The least top_p that Claude takes while it thinks. */
const MIN_TOP_P_THINKING = 0.95;

/**
 * Claude's sampling fields, which only older models take, one at a time, and under `anthropic-version: 2023-06-01`.
 * OpenAI's default of 1 is Claude's too, and is never sent.
 */
export function toClaudeSampling(
  request: ChatCompletionRequest,
  rules: ModelRules,
  options: { thinks: boolean; notices: Notices },
): Sampling {
  const { notices } = options;
  const temperature = request.temperature ?? OPENAI_DEFAULT;
  const topP = request.top_p ?? OPENAI_DEFAULT;
  const asksTemperature = temperature !== OPENAI_DEFAULT;
  const asksTopP = topP !== OPENAI_DEFAULT;

  if (rules.sampling === 'none') {
    if (asksTemperature) notices.add('temperature', 'ignored', `${rules.id} takes no temperature`);
    if (asksTopP) notices.add('top_p', 'ignored', `${rules.id} takes no top_p`);
    return {};
  }
  if (asksTemperature && options.thinks) {
    notices.add('temperature', 'ignored', 'Claude takes no temperature while it thinks');
  } else if (asksTemperature) {
    if (asksTopP)
      notices.add('top_p', 'ignored', `${rules.id} takes either temperature or top_p; temperature was sent`);
    if (temperature > MAX_TEMPERATURE)
      notices.add('temperature', 'clamped', `Claude's highest temperature, ${MAX_TEMPERATURE}, was sent`);
    return { temperature: Math.min(temperature, MAX_TEMPERATURE) };
  }
  if (!asksTopP) return {};
  if (options.thinks && topP < MIN_TOP_P_THINKING) {
    notices.add('top_p', 'clamped', `Claude's lowest top_p while it thinks, ${MIN_TOP_P_THINKING}, was sent`);
    return { top_p: MIN_TOP_P_THINKING };
  }
  return { top_p: topP };
}
