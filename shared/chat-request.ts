import { z } from 'zod';
import { ChatMessage } from './chat-message.ts';
import { TextPart } from './content-part.ts';
import { Metadata } from './metadata.ts';
import { ModelId } from './model-id.ts';
import { openObject } from './open-object.ts';
import { ResponseFormat } from './response-format.ts';
import { FunctionDefinition, Tool, ToolChoice } from './tool.ts';
import { WebSearchOptions } from './web-search.ts';

export const ReasoningEffort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);
export type ReasoningEffort = z.infer<typeof ReasoningEffort>;

/** Claude's own `thinking` field, taken as an extension. */
export const Thinking = openObject({
  /** Whether Claude thinks: always with a budget, never, as much as it needs, or between tools alone. */
  type: z.enum(['enabled', 'disabled', 'adaptive', 'between_tools']),
  /** Tokens to think with, of those of the answer; goes with `enabled`. */
  budget_tokens: z.int().optional(),
  /** Whether the text of the thinking comes back. */
  display: z.enum(['summarized', 'omitted']).optional(),
}).meta({ id: 'Thinking' });
export type Thinking = z.infer<typeof Thinking>;

/**
 * OpenAI's chat-completions request: every field of the current schema with its limits.
 * Each field's fate on Claude is in docs/parameters.md. Fields outside the schema are named in a notice.
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export const ChatCompletionRequest = openObject({
  /** A Claude model, an alias of TRESTLE_MODEL_ALIASES, or a retired Claude id. */
  model: ModelId,
  /** The conversation so far, with what is to be answered at its end. */
  messages: z.array(ChatMessage).min(1),
  /** Answer with server-sent events, as the answer is made. */
  stream: z.boolean().nullish(),
  /** How to stream; only beside `stream: true`. */
  stream_options: openObject({
    /** End the stream with a chunk that has the `usage`. */
    include_usage: z.boolean().nullish(),
    /** Pad chunks against eavesdroppers, which is not done here. */
    include_obfuscation: z.boolean().nullish(),
  }).nullish(),
  /** The most tokens of the answer, reasoning included. The older name of `max_completion_tokens`. */
  max_tokens: z.int().min(1).nullish(),
  /** The most tokens of the answer, reasoning included. Left out, it is the model's limit. */
  max_completion_tokens: z.int().min(1).nullish(),
  /** How freely words are chosen: 0 is the steadiest. Claude takes up to 1, and many models none. */
  temperature: z.number().min(0).max(2).nullish(),
  /** Choose words from the likeliest that have this share together. Give this or `temperature`, not both. */
  top_p: z.number().min(0).max(1).nullish(),
  /** Texts that end the answer. They are not part of it. */
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  /** How many answers to make. Each is a call to Claude, and is paid for. */
  n: z.int().min(1).max(128).nullish(),
  /** Make words less likely that have come before. */
  presence_penalty: z.number().min(-2).max(2).nullish(),
  /** Make words less likely the more often they have come before. */
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  /** Make the same answer again. */
  seed: z.number().refine(Number.isInteger, 'expected an integer').nullish(),
  /** Make tokens likelier or less likely, by their ids. */
  logit_bias: z.record(z.string(), z.number()).nullish(),
  /** Give the probability of each token. */
  logprobs: z.boolean().nullish(),
  /** Give the probabilities of as many other tokens. */
  top_logprobs: z.int().min(0).max(20).nullish(),
  /** Who the request is made for. The older name of `safety_identifier`. */
  user: z.string().nullish(),
  /** Who the request is made for, so that abuse can be traced. Claude gets a hash of it. */
  safety_identifier: z.string().nullish(),
  /** Groups requests that share a prefix, for OpenAI's cache. */
  prompt_cache_key: z.string().nullish(),
  /** How long OpenAI's cache keeps a prefix. */
  prompt_cache_retention: z.enum(['in_memory', 'in-memory', '24h']).nullish(),
  /** How the prefix of the request is cached. */
  prompt_cache_options: openObject({
    /** How long OpenAI's cache keeps a prefix. */
    ttl: z.enum(['30m']).nullish(),
    /** `implicit`: marks for the cache are set by themselves. `explicit`: only yours count. */
    mode: z.enum(['implicit', 'explicit']).nullish(),
  }).nullish(),
  /** How urgently the request is served, and at which price. */
  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast']).nullish(),
  /** Up to 16 notes for a stored completion, by which it is found again. */
  metadata: Metadata.nullish(),
  /** Store the completion, so that it can be listed and retrieved. */
  store: z.boolean().nullish(),
  /** What the answer is made of. */
  modalities: z.array(z.enum(['text', 'audio'])).nullish(),
  /** How a spoken answer sounds. */
  audio: z.looseObject({}).nullish(),
  /** Have OpenAI's moderation look at request and answer. */
  moderation: z.looseObject({}).nullish(),
  /** What the answer will mostly be, to have it sooner. */
  prediction: openObject({
    /** The kind of prediction. */
    type: z.literal('content'),
    /** The expected text. */
    content: z.union([z.string(), z.array(TextPart)]),
  }).nullish(),
  /** How long-winded the answer is. */
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),
  /** How much the model thinks before it answers. */
  reasoning_effort: ReasoningEffort.nullish(),
  /** Claude's own field for thinking, an extension. */
  thinking: Thinking.nullish(),
  /** What the answer looks like: text, a JSON object, or JSON that fits a schema. */
  response_format: ResponseFormat.nullish(),
  /** What the model may call. */
  tools: z.array(Tool).nullish(),
  /** Whether and what the model calls. */
  tool_choice: ToolChoice.nullish(),
  /** Whether one answer may have several calls. */
  parallel_tool_calls: z.boolean().nullish(),
  /** What the model may call, in the older form. */
  functions: z.array(FunctionDefinition).min(1).max(128).nullish(),
  /** Whether and what the model calls, in the older form. */
  function_call: z
    .union([
      z.enum(['none', 'auto']),
      openObject({
        /** The function to call. */
        name: z.string(),
      }),
    ])
    .nullish(),
  /** Let the model search the web. */
  web_search_options: WebSearchOptions.nullish(),
}).meta({ id: 'ChatCompletionRequest' });
export type ChatCompletionRequest = z.infer<typeof ChatCompletionRequest>;

const requestName = z.string().min(1).max(255).nullish();

/**
 * The input of `chat.stream`: the request, the id of the last chunk the caller saw when it comes back, and the
 * caller's name for the request. Sent again under that name, it joins the answer that it started.
 */
export const ChatStreamRequest = ChatCompletionRequest.extend({
  /** The id of the last chunk that was seen, when the request is sent again. */
  lastEventId: z.string().nullish(),
  /** The caller's name for the request. */
  idempotencyKey: requestName,
});
export type ChatStreamRequest = z.infer<typeof ChatStreamRequest>;

/** A stream to come back to: by an event's id, or from its beginning by the name of its request. */
export const ChatResumeRequest = openObject({
  /** The id of the last chunk that was seen; `<completion id>:-1` starts at the first. */
  lastEventId: z.string().min(1).nullish(),
  /** The name of its request. */
  idempotencyKey: requestName,
}).refine(({ lastEventId, idempotencyKey }) => lastEventId || idempotencyKey, {
  path: ['lastEventId'],
  error: 'lastEventId or idempotencyKey is needed',
});
export type ChatResumeRequest = z.infer<typeof ChatResumeRequest>;

/** A streamed answer to end: by its completion id, or by the name of its request. */
export const ChatCancelRequest = z.object({
  /** The id of the completion. */
  id: z.string().nullish(),
  /** The name of its request. */
  idempotencyKey: z.string().nullish(),
});
export type ChatCancelRequest = z.infer<typeof ChatCancelRequest>;
