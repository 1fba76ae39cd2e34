import type { Usage } from '../../../shared/chat-completion.ts';
import type { ErrorKind, TrestleError } from '../../../shared/error.ts';
import type { Response, ResponseUsage } from '../../../shared/responses/response.ts';
import type { ResponsesRequest } from '../../../shared/responses/responses-request.ts';

export interface ResponseHead {
  /** `resp_…`. */
  id: string;
  /** Unix seconds. */
  createdAt: number;
  /** The model asked for, until Claude names the one that answers. */
  model: string;
  /** Whether the response is kept. */
  stored: boolean;
}

/** A response that has just begun: what was asked for, and no output. */
export function beginResponse(request: ResponsesRequest, { id, createdAt, model, stored }: ResponseHead): Response {
  const { conversation, reasoning, text } = request;
  return {
    id,
    object: 'response',
    access_programs: null,
    created_at: createdAt,
    completed_at: null,
    status: 'in_progress',
    background: request.background === true,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    model,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    conversation: typeof conversation === 'string' ? { id: conversation } : (conversation ?? null),
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: {
      effort: reasoning?.effort ?? null,
      summary: reasoning?.summary ?? reasoning?.generate_summary ?? null,
    },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: null,
    store: stored,
    temperature: request.temperature ?? null,
    text: { format: text?.format ?? { type: 'text' }, verbosity: text?.verbosity ?? 'medium' },
    tool_choice: request.tool_choice ?? 'auto',
    tools: [...(request.tools ?? [])],
    top_logprobs: 0,
    top_p: request.top_p ?? null,
    truncation: 'disabled',
    usage: null,
    user: request.user ?? null,
    metadata: request.metadata ?? {},
  };
}

/** The tokens in the names of the Responses API. */
export function toResponseUsage(usage: Usage): ResponseUsage {
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = usage;
  return {
    input_tokens: usage.prompt_tokens,
    input_tokens_details: {
      cached_tokens: prompt?.cached_tokens ?? 0,
      cache_write_tokens: prompt?.cache_write_tokens ?? 0,
    },
    output_tokens: usage.completion_tokens,
    output_tokens_details: { reasoning_tokens: completion?.reasoning_tokens ?? 0 },
    total_tokens: usage.total_tokens,
    ...(usage.cost !== undefined && { cost: usage.cost }),
  };
}

/**
 * Codes of a response that failed. Clients go by them: `server_error` and `rate_limit_exceeded` are tried again, so an
 * overloaded Claude is the former; `server_is_overloaded` would be final.
 */
const FAILURE_CODES: Partial<Record<ErrorKind, string>> = {
  rate_limit_exceeded: 'rate_limit_exceeded',
  insufficient_quota: 'insufficient_quota',
  context_length_exceeded: 'context_length_exceeded',
  invalid_request: 'invalid_prompt',
  invalid_value: 'invalid_prompt',
  unsupported_parameter: 'invalid_prompt',
};

/** What went wrong with a response, as its `error` says it. */
export function toResponseError({ kind, message, retryAfter }: TrestleError): { code: string; message: string } {
  const code = (kind && FAILURE_CODES[kind]) ?? 'server_error';
  // Clients read the time out of the text.
  const again = retryAfter === undefined ? '' : ` Please try again in ${retryAfter}s.`;
  return { code, message: message + again };
}
