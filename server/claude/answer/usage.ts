import type { Usage } from '../../../shared/chat-completion.ts';
import { fieldsOf, isPlainObject } from '../../calls/plain-object.ts';
import type { ClaudeUsage } from '../messages-api.ts';

/** The newest value of each count: later ones replace earlier ones, and are never added to them. */
export function mergeUsage(before: ClaudeUsage, update: ClaudeUsage | null | undefined): ClaudeUsage {
  const merged: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(update ?? {})) {
    if (value !== null && value !== undefined) merged[name] = value;
  }
  return merged;
}

/**
 * OpenAI's usage: Claude leaves cache reads and writes out of `input_tokens`, OpenAI counts them in.
 * Undefined when Claude told nothing: a count of 0 would be a lie.
 */
export function toUsage(usage: ClaudeUsage): Usage | undefined {
  if (!isTold(usage)) return undefined;
  const read = usage.cache_read_input_tokens ?? 0;
  const written = usage.cache_creation_input_tokens ?? 0;
  const prompt = (usage.input_tokens ?? 0) + read + written;
  const completion = usage.output_tokens ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    completion_tokens_details: { reasoning_tokens: usage.output_tokens_details?.thinking_tokens ?? 0 },
  };
}

/** Whether Claude has said what an answer took. */
export function isTold({ input_tokens: input, output_tokens: output }: ClaudeUsage): boolean {
  return typeof input === 'number' || typeof output === 'number';
}

const COUNTS = ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'] as const;
const WORDS = ['service_tier', 'speed', 'inference_geo'] as const;

/** The counts of an answer that nobody has checked: what is no count is left out. */
export function readUsage(told: unknown): ClaudeUsage {
  if (!isPlainObject(told)) return {};
  const usage: ClaudeUsage = {};
  for (const name of COUNTS) {
    const count = told[name];
    if (isCount(count)) usage[name] = count;
  }
  for (const name of WORDS) {
    const word = told[name];
    if (typeof word === 'string') usage[name] = word;
  }
  const thinking = fieldsOf(told['output_tokens_details'])['thinking_tokens'];
  if (isCount(thinking)) usage.output_tokens_details = { thinking_tokens: thinking };
  const hour = fieldsOf(told['cache_creation'])['ephemeral_1h_input_tokens'];
  if (isCount(hour)) usage.cache_creation = { ephemeral_1h_input_tokens: hour };
  const searches = fieldsOf(told['server_tool_use'])['web_search_requests'];
  if (isCount(searches)) usage.server_tool_use = { web_search_requests: searches };
  return usage;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

const SERVICE_TIERS: Readonly<Record<string, string>> = { standard: 'default', priority: 'priority' };

/** OpenAI's name for the tier that Claude used. */
export function toServiceTier(usage: ClaudeUsage): string | undefined {
  return usage.service_tier ? SERVICE_TIERS[usage.service_tier] : undefined;
}

/** The tokens of two answers together: each is billed. */
export function addUsage(left: ClaudeUsage, right: ClaudeUsage): ClaudeUsage {
  const sum = (
    name: 'input_tokens' | 'cache_creation_input_tokens' | 'cache_read_input_tokens' | 'output_tokens',
  ): number => (left[name] ?? 0) + (right[name] ?? 0);
  const thinking =
    (left.output_tokens_details?.thinking_tokens ?? 0) + (right.output_tokens_details?.thinking_tokens ?? 0);
  return {
    ...left,
    ...right,
    input_tokens: sum('input_tokens'),
    cache_creation_input_tokens: sum('cache_creation_input_tokens'),
    cache_read_input_tokens: sum('cache_read_input_tokens'),
    output_tokens: sum('output_tokens'),
    output_tokens_details: { thinking_tokens: thinking },
  };
}

/** The tokens of several choices; unknown when those of one are. */
export function sumUsage(left: Usage | undefined, right: Usage | undefined): Usage | undefined {
  if (!left || !right) return undefined;
  return {
    prompt_tokens: left.prompt_tokens + right.prompt_tokens,
    completion_tokens: left.completion_tokens + right.completion_tokens,
    total_tokens: left.total_tokens + right.total_tokens,
    prompt_tokens_details: {
      cached_tokens: left.prompt_tokens_details!.cached_tokens + right.prompt_tokens_details!.cached_tokens,
      cache_write_tokens:
        left.prompt_tokens_details!.cache_write_tokens + right.prompt_tokens_details!.cache_write_tokens,
    },
    completion_tokens_details: {
      reasoning_tokens:
        left.completion_tokens_details!.reasoning_tokens + right.completion_tokens_details!.reasoning_tokens,
    },
  };
}
