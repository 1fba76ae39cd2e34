import { createHash } from 'node:crypto';
import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';
import type { ResolvedModel } from './resolve-model.ts';
import type { Notices } from './notices.ts';
import { checkParameters } from './parameters.ts';
import { toClaudeSampling } from './sampling.ts';
import { isBlank } from './content-parts.ts';
import { toClaudeMessages } from './to-claude-messages.ts';

/** The first version refuses sampling fields on every model; the second takes them where the model does. */
export type AnthropicVersion = '2026-10-21' | '2023-06-01';

export interface ClaudeRequest {
  version: AnthropicVersion;
  body: Anthropic.MessageCreateParams;
}

/**
 * Claude's request for an OpenAI request. What can't be sent as asked goes into `notices`.
 * Throws a 400 that names the field when it can't be honoured at all.
 */
export function toClaudeRequest(request: ChatCompletionRequest, model: ResolvedModel, notices: Notices): ClaudeRequest {
  checkParameters(request, notices);
  const { rules } = model;
  const { system, messages } = toClaudeMessages(request.messages, { rules, notices, prefill: rules.prefill });
  const sampling = toClaudeSampling(request, rules, { thinks: false, notices });
  const stop = toStopSequences(request.stop, notices);
  const userId = toUserId(request, notices);
  const serviceTier = toServiceTier(request.service_tier, notices);

  return {
    version: Object.keys(sampling).length > 0 ? '2023-06-01' : '2026-10-21',
    body: {
      model: model.id,
      max_tokens: toMaxTokens(request, model, notices),
      ...(system.length > 0 && { system: system.length === 1 && !system[0]!.cache_control ? system[0]!.text : system }),
      messages,
      ...sampling,
      ...(stop.length > 0 && { stop_sequences: stop }),
      ...(userId !== undefined && { metadata: { user_id: userId } }),
      ...(serviceTier !== undefined && { service_tier: serviceTier }),
    },
  };
}

/** OpenAI's limit is optional and Claude's is not: left out, the model's own limit is sent. */
function toMaxTokens(request: ChatCompletionRequest, { id, rules }: ResolvedModel, notices: Notices): number {
  const { max_tokens: maxTokens, max_completion_tokens: maxCompletionTokens } = request;
  const field = maxCompletionTokens ? 'max_completion_tokens' : 'max_tokens';
  const asked = maxCompletionTokens ?? maxTokens ?? rules.maxOutputTokens;
  if (maxCompletionTokens && maxTokens && maxTokens !== maxCompletionTokens) {
    notices.add('max_tokens', 'ignored', 'max_completion_tokens was sent in its place');
  }
  if (asked > rules.maxOutputTokens) {
    notices.add(field, 'clamped', `the longest answer of ${id}, ${rules.maxOutputTokens} tokens, was sent`);
  }
  return Math.min(asked, rules.maxOutputTokens);
}

function toStopSequences(stop: ChatCompletionRequest['stop'], notices: Notices): string[] {
  const asked = typeof stop === 'string' ? [stop] : (stop ?? []);
  const sent = asked.filter((sequence) => !isBlank(sequence));
  if (sent.length < asked.length)
    notices.add('stop', 'ignored', 'Claude takes no stop sequence of white space alone; those were left out');
  return sent;
}

/** Claude asks for an opaque id without personal data, so the caller's is hashed. */
function toUserId(
  { user, safety_identifier: safetyIdentifier }: ChatCompletionRequest,
  notices: Notices,
): string | undefined {
  if (user && safetyIdentifier && user !== safetyIdentifier)
    notices.add('user', 'ignored', 'safety_identifier was sent in its place');
  const id = safetyIdentifier || user;
  return id ? createHash('sha256').update(id).digest('hex') : undefined;
}

function toServiceTier(tier: ChatCompletionRequest['service_tier'], notices: Notices): 'standard_only' | undefined {
  if (!tier || tier === 'auto') return undefined;
  if (tier === 'default') return 'standard_only';
  notices.add('service_tier', 'ignored', `Claude has no tier '${tier}'`);
  return undefined;
}

/** Cross-field rules that concern a whole answer or a streamed one. Throws a 400 that names the field. */
export function checkStreamOptions(request: ChatCompletionRequest, notices: Notices): void {
  if (!request.stream_options) return;
  if (!request.stream) {
    throw new TrestleError(
      'invalid_value',
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      { param: 'stream_options' },
    );
  }
  if (request.stream_options.include_obfuscation) {
    notices.add('stream_options.include_obfuscation', 'ignored', 'chunks are not padded');
  }
}
