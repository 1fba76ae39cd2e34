import { z } from 'zod';
import { ReasoningDetail } from './chat-message.ts';
import { Notice } from './notice.ts';
import { FunctionCall, ToolCall } from './tool.ts';

export const FinishReason = z
  .enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call'])
  .meta({ id: 'FinishReason' });
export type FinishReason = z.infer<typeof FinishReason>;

/** Tokens. `prompt_tokens` counts cache reads and writes; `completion_tokens` counts reasoning. */
export const Usage = z
  .looseObject({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    total_tokens: z.int(),
    prompt_tokens_details: z.looseObject({ cached_tokens: z.int(), cache_write_tokens: z.int() }).optional(),
    completion_tokens_details: z.looseObject({ reasoning_tokens: z.int() }).optional(),
  })
  .meta({ id: 'Usage' });
export type Usage = z.infer<typeof Usage>;

export const Annotation = z
  .looseObject({
    type: z.literal('url_citation'),
    url_citation: z.looseObject({
      start_index: z.int(),
      end_index: z.int(),
      url: z.string(),
      title: z.string(),
    }),
  })
  .meta({ id: 'Annotation' });
export type Annotation = z.infer<typeof Annotation>;

export const CompletionMessage = z
  .looseObject({
    role: z.literal('assistant'),
    content: z.string().nullable(),
    refusal: z.string().nullable(),
    tool_calls: z.array(ToolCall).optional(),
    function_call: FunctionCall.optional(),
    annotations: z.array(Annotation).optional(),
    /** What Claude thought, as text; present when reasoning was asked for. */
    reasoning_content: z.string().optional(),
    /** Claude's signed thinking blocks, to be sent back unmodified by clients that keep them. */
    reasoning_details: z.array(ReasoningDetail).optional(),
  })
  .meta({ id: 'CompletionMessage' });
export type CompletionMessage = z.infer<typeof CompletionMessage>;

export const Choice = z
  .looseObject({
    index: z.int(),
    message: CompletionMessage,
    logprobs: z.null(),
    finish_reason: FinishReason,
  })
  .meta({ id: 'Choice' });
export type Choice = z.infer<typeof Choice>;

/**
 * A whole answer. `created` is in Unix seconds; `model` is the model that answered.
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export const ChatCompletion = z
  .looseObject({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(Choice),
    usage: Usage.optional(),
    service_tier: z.string().nullable().optional(),
    notices: z.array(Notice).optional(),
  })
  .meta({ id: 'ChatCompletion' });
export type ChatCompletion = z.infer<typeof ChatCompletion>;
