import type { FakeModel, ThinkingType } from './claude-models.ts';
import { refuse } from './claude-refusal.ts';
import type { ClaudeBody, ClaudeEndpoint } from './rules-body.ts';

/** `thinking` and `output_config.effort` against the model (section 3.6). */
export function checkThinkingConfig(body: ClaudeBody, model: FakeModel, endpoint: ClaudeEndpoint): void {
  const { thinking } = body;
  if (thinking !== undefined && !model.thinking.includes(thinking.type as ThinkingType))
    refuse(unsupportedThinking(thinking.type, model));
  if (thinking?.type === 'enabled' && endpoint === 'messages') checkBudget(body);
  checkEffort(body, model);
}

function unsupportedThinking(type: string, model: FakeModel): string {
  if (type === 'enabled')
    return '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.';
  if (type === 'adaptive') return 'adaptive thinking is not supported on this model';
  if (type === 'disabled' && model.thinking.includes('between_tools'))
    return '"thinking.type.disabled" is not supported for this model. Send {"type":"between_tools"} instead.';
  return `"thinking.type.${type}" is not supported for this model.`;
}

function checkBudget(body: ClaudeBody): void {
  if ((body.thinking?.budget_tokens ?? 0) >= (body.max_tokens ?? 0))
    refuse('`max_tokens` must be greater than `thinking.budget_tokens`.');
}

function checkEffort(body: ClaudeBody, model: FakeModel): void {
  const effort = body.output_config?.effort;
  if (effort === undefined || effort === null) return;
  if (model.efforts.length === 0) refuse('This model does not support the effort parameter.');
  if (!model.efforts.some((level) => level === effort))
    refuse(`This model does not support effort level '${effort}'. Supported levels: ${model.efforts.join(', ')}.`);
  const withoutThinking = body.thinking?.type === 'disabled' || body.thinking?.type === 'between_tools';
  if (withoutThinking && !model.anyEffortWithoutThinking && (effort === 'xhigh' || effort === 'max'))
    refuse(
      `output_config.effort '${effort}' is not supported when thinking is ${body.thinking?.type === 'disabled' ? 'disabled' : 'between_tools'} on this model.`,
    );
}
