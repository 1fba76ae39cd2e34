import { z } from 'zod';
import { Notice } from '../notice.ts';
import { openObject } from '../open-object.ts';
import { OutputItem } from './output-item.ts';

/** The tokens that were used. */
export const ResponseUsage = openObject({
  /** Tokens of the input, those from the cache included. */
  input_tokens: z.int(),
  /** Of them. */
  input_tokens_details: openObject({
    /** Read from Claude's cache. */
    cached_tokens: z.int(),
    /** Written to Claude's cache. */
    cache_write_tokens: z.int(),
  }),
  /** Tokens of the output, reasoning included. */
  output_tokens: z.int(),
  /** Of them. */
  output_tokens_details: openObject({
    /** Tokens of thinking. */
    reasoning_tokens: z.int(),
  }),
  /** All of them. */
  total_tokens: z.int(),
  /** What it cost, in US dollars, with all calls to Claude that it took; null where the model has no known price. An extension. */
  cost: z.number().nullable().optional(),
}).meta({ id: 'ResponseUsage' });
export type ResponseUsage = z.infer<typeof ResponseUsage>;

/**
 * A response.
 * @see https://platform.openai.com/docs/api-reference/responses/object
 */
export const Response = openObject({
  /** The id of the response. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('response'),
  /** Always null: Claude has none. */
  access_programs: z.null(),
  /** When it began, in Unix seconds. */
  created_at: z.int(),
  /** When it was complete, in Unix seconds. */
  completed_at: z.int().nullable(),
  /** How far it has come. */
  status: z.enum(['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled']),
  /** Whether it is made in the background. */
  background: z.boolean(),
  /** Why it failed. */
  error: openObject({
    /** What went wrong; clients decide by it whether to try again. */
    code: z.string(),
    /** The same for people. */
    message: z.string(),
  }).nullable(),
  /** Why it is incomplete. */
  incomplete_details: openObject({
    /** `max_output_tokens` or `content_filter`. */
    reason: z.enum(['max_output_tokens', 'content_filter']),
  }).nullable(),
  /** As asked for. */
  instructions: z.string().nullable(),
  /** As asked for. */
  max_output_tokens: z.int().nullable(),
  /** As asked for. */
  max_tool_calls: z.int().nullable(),
  /** The model that answers. */
  model: z.string(),
  /** What Claude thought, said and called, in its order. */
  output: z.array(OutputItem),
  /** As asked for. */
  parallel_tool_calls: z.boolean(),
  /** The response that this one went on from. */
  previous_response_id: z.string().nullable(),
  /** The conversation that it belongs to. */
  conversation: openObject({
    /** The conversation's id. */
    id: z.string(),
  }).nullable(),
  /** As asked for. */
  prompt_cache_key: z.string().nullable(),
  /** As asked for. */
  reasoning: openObject({
    /** As asked for. */
    effort: z.string().nullable(),
    /** As asked for. */
    summary: z.string().nullable(),
  }),
  /** As asked for. */
  safety_identifier: z.string().nullable(),
  /** The tier in which Claude serves the request. */
  service_tier: z.string().nullable(),
  /** Whether the response is kept. */
  store: z.boolean(),
  /** As asked for; null where Claude took none. */
  temperature: z.number().nullable(),
  /** As asked for. */
  text: z.looseObject({}),
  /** As asked for. */
  tool_choice: z.unknown(),
  /** As asked for. */
  tools: z.array(z.looseObject({})),
  /** Always 0: Claude gives no log probabilities. */
  top_logprobs: z.int(),
  /** As asked for; null where Claude took none. */
  top_p: z.number().nullable(),
  /** Always `disabled`: input that is too long is an error. */
  truncation: z.literal('disabled'),
  /** The tokens that were used; null until they are known. */
  usage: ResponseUsage.nullable(),
  /** As asked for. */
  user: z.string().nullable(),
  /** As asked for. */
  metadata: z.record(z.string(), z.string()),
  /** What could not be honoured as asked. */
  notices: z.array(Notice).optional(),
}).meta({ id: 'Response' });
export type Response = z.infer<typeof Response>;
