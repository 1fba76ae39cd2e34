import { createHash } from 'node:crypto';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import { TrestleError } from '../../../shared/error.ts';
import { isBlank } from '../content/content-parts.ts';
import type { Notices } from '../notices.ts';
import type { ResolvedModel } from '../resolve-model.ts';

/** OpenAI's limit is optional and Claude's is not: left out, the model's own limit is sent. */
export function toMaxTokens(request: ChatCompletionRequest, { id, rules }: ResolvedModel, notices: Notices): number {
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

export function toStopSequences(stop: ChatCompletionRequest['stop'], notices: Notices): string[] {
  const asked = typeof stop === 'string' ? [stop] : (stop ?? []);
  const sent = asked.filter((sequence) => !isBlank(sequence));
  if (sent.length < asked.length) {
    notices.add('stop', 'ignored', 'Claude takes no stop sequence of white space alone; those were left out');
  }
  return sent;
}

/** Claude asks for an opaque id without personal data, so the caller's is hashed. */
export function toUserId(
  { user, safety_identifier: safetyIdentifier }: ChatCompletionRequest,
  notices: Notices,
): string | undefined {
  if (user && safetyIdentifier && user !== safetyIdentifier) {
    notices.add('user', 'ignored', 'safety_identifier was sent in its place');
  }
  const id = safetyIdentifier || user;
  return id ? createHash('sha256').update(id).digest('hex') : undefined;
}

export function toServiceTier(
  tier: ChatCompletionRequest['service_tier'],
  notices: Notices,
): 'standard_only' | undefined {
  if (!tier || tier === 'auto') return undefined;
  if (tier === 'default') return 'standard_only';
  notices.add('service_tier', 'ignored', `Claude has no tier '${tier}'`);
  return undefined;
}

const VERBOSITY = {
  low: 'Keep your answers short.',
  medium: undefined,
  high: 'Answer at length and in detail.',
} as const;

/** Claude has no such setting, but can be told. */
export function toVerbosity(verbosity: ChatCompletionRequest['verbosity'], notices: Notices): string | undefined {
  const instruction = verbosity ? VERBOSITY[verbosity] : undefined;
  if (instruction !== undefined) notices.add('verbosity', 'emulated', `Claude was told: ${instruction}`);
  return instruction;
}

/** Claude's caches last as long as its marks say; OpenAI's `ttl` has no counterpart. */
export function checkCacheOptions({ prompt_cache_options: options }: ChatCompletionRequest, notices: Notices): void {
  if (options?.ttl)
    notices.add('prompt_cache_options.ttl', 'ignored', "Claude's caches last 5 minutes, or as `cache_control` says");
}

/** Cross-field rules of a whole answer and a streamed one. Throws a 400 that names the field. */
export function checkStreamOptions(request: ChatCompletionRequest, notices: Notices): void {
  if (!request.stream_options) return;
  if (!request.stream) {
    throw new TrestleError(
      'invalid_value',
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      {
        param: 'stream_options',
      },
    );
  }
  if (request.stream_options.include_obfuscation) {
    notices.add('stream_options.include_obfuscation', 'ignored', 'chunks are not padded');
  }
}

/** Claude stores nothing: this server does, if its operator wants that. */
export function checkStore({ store, metadata }: ChatCompletionRequest, isOn: boolean, notices: Notices): void {
  if (store && !isOn) notices.add('store', 'ignored', 'this server stores nothing: its storage is off');
  if (metadata && Object.keys(metadata).length > 0 && !(store && isOn)) {
    notices.add('metadata', 'ignored', 'notes are kept with a stored completion alone, which `store: true` asks for');
  }
}
