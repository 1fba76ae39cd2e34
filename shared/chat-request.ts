import { z } from 'zod';
import { ChatMessage, TextPart } from './chat-message.ts';
import { JsonSchema, Tool, ToolChoice, FunctionDefinition } from './tool.ts';

export const ResponseFormat = z
  .discriminatedUnion('type', [
    z.looseObject({ type: z.literal('text') }),
    z.looseObject({ type: z.literal('json_object') }),
    z.looseObject({
      type: z.literal('json_schema'),
      json_schema: z.looseObject({
        name: z.string(),
        description: z.string().nullish(),
        schema: JsonSchema.nullish(),
        strict: z.boolean().nullish(),
      }),
    }),
  ])
  .meta({ id: 'ResponseFormat' });
export type ResponseFormat = z.infer<typeof ResponseFormat>;

export const ReasoningEffort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);
export type ReasoningEffort = z.infer<typeof ReasoningEffort>;

/** Claude's own `thinking` field, taken as an extension. */
export const Thinking = z
  .looseObject({
    type: z.enum(['enabled', 'disabled', 'adaptive', 'between_tools']),
    budget_tokens: z.int().optional(),
    display: z.enum(['summarized', 'omitted']).optional(),
  })
  .meta({ id: 'Thinking' });
export type Thinking = z.infer<typeof Thinking>;

const WebSearchOptions = z.looseObject({
  search_context_size: z.enum(['low', 'medium', 'high']).nullish(),
  user_location: z
    .looseObject({
      type: z.literal('approximate'),
      approximate: z.looseObject({
        city: z.string().nullish(),
        country: z.string().nullish(),
        region: z.string().nullish(),
        timezone: z.string().nullish(),
      }),
    })
    .nullish(),
});

/**
 * OpenAI's chat-completions request: every field of the current schema with its limits.
 * Each field's fate on Claude is in docs/parameters.md. Fields outside the schema are kept, and named in a notice.
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export const ChatCompletionRequest = z
  .looseObject({
    model: z
      .string()
      .min(1)
      .max(256)
      .describe('A Claude model, an alias of TRESTLE_MODEL_ALIASES, or a retired Claude id'),
    messages: z.array(ChatMessage).min(1),
    stream: z.boolean().nullish(),
    stream_options: z
      .looseObject({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() })
      .nullish(),
    max_tokens: z.int().min(1).nullish(),
    max_completion_tokens: z.int().min(1).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
    n: z.int().min(1).max(128).nullish(),
    presence_penalty: z.number().min(-2).max(2).nullish(),
    frequency_penalty: z.number().min(-2).max(2).nullish(),
    seed: z.number().refine(Number.isInteger, 'expected an integer').nullish(),
    logit_bias: z.record(z.string(), z.number()).nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.int().min(0).max(20).nullish(),
    user: z.string().nullish(),
    safety_identifier: z.string().nullish(),
    prompt_cache_key: z.string().nullish(),
    prompt_cache_retention: z.enum(['in_memory', 'in-memory', '24h']).nullish(),
    prompt_cache_options: z
      .looseObject({ ttl: z.enum(['30m']).nullish(), mode: z.enum(['implicit', 'explicit']).nullish() })
      .nullish(),
    service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast']).nullish(),
    metadata: z.record(z.string(), z.string()).nullish(),
    store: z.boolean().nullish(),
    modalities: z.array(z.enum(['text', 'audio'])).nullish(),
    audio: z.looseObject({}).nullish(),
    moderation: z.looseObject({}).nullish(),
    prediction: z
      .looseObject({ type: z.literal('content'), content: z.union([z.string(), z.array(TextPart)]) })
      .nullish(),
    verbosity: z.enum(['low', 'medium', 'high']).nullish(),
    reasoning_effort: ReasoningEffort.nullish(),
    thinking: Thinking.nullish(),
    response_format: ResponseFormat.nullish(),
    tools: z.array(Tool).nullish(),
    tool_choice: ToolChoice.nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    functions: z.array(FunctionDefinition).min(1).max(128).nullish(),
    function_call: z.union([z.enum(['none', 'auto']), z.looseObject({ name: z.string() })]).nullish(),
    web_search_options: WebSearchOptions.nullish(),
  })
  .meta({ id: 'ChatCompletionRequest' });
export type ChatCompletionRequest = z.infer<typeof ChatCompletionRequest>;

/**
 * The input of `chat.stream`: the request, the id of the last chunk the caller saw when it comes back, and the
 * caller's name for the request. Sent again under that name, it joins the answer that it started.
 */
export const ChatStreamRequest = ChatCompletionRequest.extend({
  lastEventId: z.string().nullish(),
  idempotencyKey: z.string().min(1).max(255).nullish(),
});
export type ChatStreamRequest = z.infer<typeof ChatStreamRequest>;

/**
 * A stream to come back to, by the id of the last chunk that was seen (`<completion id>:-1` starts at the first), or from
 * its beginning by the `idempotencyKey` of its request.
 */
export const ChatResumeRequest = z
  .looseObject({ lastEventId: z.string().min(1).nullish(), idempotencyKey: z.string().min(1).max(255).nullish() })
  .refine(({ lastEventId, idempotencyKey }) => lastEventId || idempotencyKey, {
    path: ['lastEventId'],
    error: 'lastEventId or idempotencyKey is needed',
  });
export type ChatResumeRequest = z.infer<typeof ChatResumeRequest>;

/** A streamed answer to end: by its completion id, or by the `idempotencyKey` of its request. */
export const ChatCancelRequest = z.object({ id: z.string().nullish(), idempotencyKey: z.string().nullish() });
export type ChatCancelRequest = z.infer<typeof ChatCancelRequest>;
