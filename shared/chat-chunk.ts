import { z } from 'zod';
import { Annotation, FinishReason, Usage } from './chat-completion.ts';
import { ReasoningDetail } from './chat-message.ts';
import { Notice } from './notice.ts';

/** A piece of a tool call: `id`, `type` and the name come first, then pieces of `arguments` (or `input`). */
export const ToolCallDelta = z
  .looseObject({
    index: z.int(),
    id: z.string().optional(),
    type: z.enum(['function', 'custom']).optional(),
    function: z.looseObject({ name: z.string().optional(), arguments: z.string().optional() }).optional(),
    custom: z.looseObject({ name: z.string().optional(), input: z.string().optional() }).optional(),
  })
  .meta({ id: 'ToolCallDelta' });
export type ToolCallDelta = z.infer<typeof ToolCallDelta>;

export const Delta = z
  .looseObject({
    role: z.literal('assistant').optional(),
    content: z.string().nullable().optional(),
    refusal: z.string().nullable().optional(),
    tool_calls: z.array(ToolCallDelta).optional(),
    function_call: z.looseObject({ name: z.string().optional(), arguments: z.string().optional() }).optional(),
    annotations: z.array(Annotation).optional(),
    reasoning_content: z.string().optional(),
    reasoning_details: z.array(ReasoningDetail).optional(),
  })
  .meta({ id: 'Delta' });
export type Delta = z.infer<typeof Delta>;

export const ChunkChoice = z
  .looseObject({
    index: z.int(),
    delta: Delta,
    logprobs: z.null(),
    finish_reason: FinishReason.nullable(),
  })
  .meta({ id: 'ChunkChoice' });
export type ChunkChoice = z.infer<typeof ChunkChoice>;

/**
 * One event of a streamed answer. All chunks of a stream share `id` and `created`.
 * `usage` is null until the last chunk, whose `choices` are empty, and absent unless asked for.
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 */
export const ChatCompletionChunk = z
  .looseObject({
    id: z.string(),
    object: z.literal('chat.completion.chunk'),
    created: z.int(),
    model: z.string(),
    choices: z.array(ChunkChoice),
    usage: Usage.nullable().optional(),
    service_tier: z.string().nullable().optional(),
    notices: z.array(Notice).optional(),
  })
  .meta({ id: 'ChatCompletionChunk' });
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>;
