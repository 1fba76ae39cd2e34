import { z } from 'zod';
import { ReasoningEffort } from '../chat-request.ts';
import { Metadata } from '../metadata.ts';
import { ModelId } from '../model-id.ts';
import { openObject } from '../open-object.ts';
import { JsonSchema } from '../tool.ts';
import { InputItem } from './input-item.ts';
import { ResponseTool, ResponseToolChoice } from './response-tool.ts';

/** What the text of an answer looks like: text, a JSON object, or JSON that fits a schema. */
export const ResponseTextFormat = z
  .discriminatedUnion('type', [
    openObject({
      /** The kind of format. */
      type: z.literal('text'),
    }),
    openObject({
      /** The kind of format. */
      type: z.literal('json_object'),
    }),
    openObject({
      /** The kind of format. */
      type: z.literal('json_schema'),
      /** A name for the format. */
      name: z.string(),
      /** What the answer looks like. */
      schema: JsonSchema,
      /** What the format is for. */
      description: z.string().nullish(),
      /** Make sure that the answer fits the schema. */
      strict: z.boolean().nullish(),
    }),
  ])
  .meta({ id: 'ResponseTextFormat' });
export type ResponseTextFormat = z.infer<typeof ResponseTextFormat>;

/**
 * OpenAI's request of the Responses API: every field of the current schema.
 * Each field's fate on Claude is in docs/parameters.md. Fields outside the schema are named in a notice.
 * @see https://platform.openai.com/docs/api-reference/responses/create
 */
export const ResponsesRequest = openObject({
  /** A Claude model, an alias of TRESTLE_MODEL_ALIASES, or a retired Claude id. */
  model: ModelId,
  /** What is asked: a text, or items of the conversation. */
  input: z.union([z.string(), z.array(InputItem)]).nullish(),
  /** A system message before the input. */
  instructions: z.string().nullish(),
  /** False asks for no answer: the response is there to go on from. Clients warm a WebSocket up so. */
  generate: z.boolean().nullish(),
  /** Answer with server-sent events, as the answer is made. */
  stream: z.boolean().nullish(),
  /** How to stream. */
  stream_options: openObject({
    /** Pad events against eavesdroppers, which is not done here. */
    include_obfuscation: z.boolean().nullish(),
  }).nullish(),
  /** Keep the response, so that it can be retrieved and gone on from. Left out, it is kept. */
  store: z.boolean().nullish(),
  /** The response that this one goes on from: its input and output come before this input. */
  previous_response_id: z.string().nullish(),
  /** The conversation that the response belongs to. */
  conversation: z
    .union([
      z.string(),
      openObject({
        /** The conversation's id. */
        id: z.string(),
      }),
    ])
    .nullish(),
  /** Answer later: the response is there at once, and its output when it is done. */
  background: z.boolean().nullish(),
  /** What else the answer has: `reasoning.encrypted_content` is given, the rest is not there. */
  include: z.array(z.string()).nullish(),
  /** The most tokens of the answer, reasoning included. Left out, it is the model's limit. */
  max_output_tokens: z.int().min(1).nullish(),
  /** The most calls of tools that run at OpenAI. */
  max_tool_calls: z.int().min(1).nullish(),
  /** What to leave out when the input is too long. */
  truncation: z.enum(['auto', 'disabled']).nullish(),
  /** Shorten long conversations. */
  context_management: z.array(z.looseObject({})).nullish(),
  /** What the model may call. */
  tools: z.array(ResponseTool).nullish(),
  /** Whether and what the model calls. */
  tool_choice: ResponseToolChoice.nullish(),
  /** Whether one answer may have several calls. */
  parallel_tool_calls: z.boolean().nullish(),
  /** How the model thinks. */
  reasoning: openObject({
    /** How much it thinks before it answers. */
    effort: ReasoningEffort.nullish(),
    /** Whether what it thought comes back as a text for people. */
    summary: z.enum(['auto', 'concise', 'detailed', 'none']).nullish(),
    /** The older name of `summary`. */
    generate_summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
    /** Which thinking of earlier turns the model sees. Claude sees what comes back to it. */
    context: z.string().nullish(),
    /** Whether to think in a mode of OpenAI's. */
    mode: z.string().nullish(),
  }).nullish(),
  /** What the text of the answer looks like. */
  text: openObject({
    /** Its format. */
    format: ResponseTextFormat.nullish(),
    /** How long-winded it is. */
    verbosity: z.enum(['low', 'medium', 'high']).nullish(),
  }).nullish(),
  /** How freely words are chosen: 0 is the steadiest. Claude takes up to 1, and many models none. */
  temperature: z.number().min(0).max(2).nullish(),
  /** Choose words from the likeliest that have this share together. */
  top_p: z.number().min(0).max(1).nullish(),
  /** Give the probabilities of as many other tokens. */
  top_logprobs: z.int().min(0).max(20).nullish(),
  /** A prompt that is stored at OpenAI. */
  prompt: openObject({
    /** Its id. */
    id: z.string(),
    /** Its version. */
    version: z.string().nullish(),
    /** What is filled in. */
    variables: z.looseObject({}).nullish(),
  }).nullish(),
  /** Up to 16 pairs of text that are kept with the response, and come back. */
  metadata: Metadata.nullish(),
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
    ttl: z.enum(['30m', '12h']).nullish(),
    /** `implicit`: marks for the cache are set by themselves. `explicit`: only yours count. */
    mode: z.enum(['implicit', 'explicit']).nullish(),
    /** Fill OpenAI's cache ahead. */
    prewarm: z.boolean().nullish(),
    /** Compare OpenAI's cache with that of another response. */
    comparison_response_id: z.string().nullish(),
  }).nullish(),
  /** How urgently the request is served, and at which price. */
  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast']).nullish(),
  /** Have OpenAI's moderation look at input and answer. */
  moderation: z.looseObject({}).nullish(),
  /** Programs of OpenAI's for access. */
  access_programs: z.looseObject({}).nullish(),
  /** How OpenAI reads images. */
  image: z.looseObject({}).nullish(),
  /** Notes of the client's own for OpenAI. */
  client_metadata: z.looseObject({}).nullish(),
}).meta({ id: 'ResponsesRequest' });
export type ResponsesRequest = z.infer<typeof ResponsesRequest>;

/** The input of `responses.stream`: the request, and how its caller comes back to it. */
export const ResponsesStreamRequest = ResponsesRequest.extend({
  /** The id of the last event that was seen, when the request is sent again. */
  lastEventId: z.string().nullish(),
  /** The caller's name for the request. */
  idempotencyKey: z.string().min(1).max(255).nullish(),
});
export type ResponsesStreamRequest = z.infer<typeof ResponsesStreamRequest>;
