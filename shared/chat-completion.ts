import { z } from 'zod';
import { Metadata } from './metadata.ts';
import { Notice } from './notice.ts';
import { openObject } from './open-object.ts';
import { ReasoningDetail } from './reasoning-detail.ts';
import { FunctionCall, ToolCall } from './tool.ts';

/** Why an answer ended: it was complete, too long, calls tools, was refused, or calls a function in the older form. */
export const FinishReason = z
  .enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call'])
  .meta({ id: 'FinishReason' });
export type FinishReason = z.infer<typeof FinishReason>;

/** The tokens of a request and its answer. */
export const Usage = openObject({
  /** Tokens of the request, those read from and written to the cache included. */
  prompt_tokens: z.int(),
  /** Tokens of the answer, reasoning included. */
  completion_tokens: z.int(),
  /** Both together. */
  total_tokens: z.int(),
  /** What the tokens of the request are made of. */
  prompt_tokens_details: openObject({
    /** Tokens that were read from the cache. */
    cached_tokens: z.int(),
    /** Tokens that were written to the cache. */
    cache_write_tokens: z.int(),
  }).optional(),
  /** What the tokens of the answer are made of. */
  completion_tokens_details: openObject({
    /** Tokens that the model thought with. */
    reasoning_tokens: z.int(),
  }).optional(),
  /** What it cost, in US dollars, with all calls to Claude that it took; null where the model has no known price. An extension. */
  cost: z.number().nullable().optional(),
}).meta({ id: 'Usage' });
export type Usage = z.infer<typeof Usage>;

/** A source of the answer. */
export const Annotation = openObject({
  /** The kind of source. */
  type: z.literal('url_citation'),
  /** A page of the web. */
  url_citation: openObject({
    /** Where the text that rests on it starts in `content`, in code points. */
    start_index: z.int(),
    /** Where that text ends. */
    end_index: z.int(),
    /** The page's address. */
    url: z.string(),
    /** The page's title. */
    title: z.string(),
  }),
}).meta({ id: 'Annotation' });
export type Annotation = z.infer<typeof Annotation>;

/** What the model answered. */
export const CompletionMessage = openObject({
  /** Who speaks. */
  role: z.literal('assistant'),
  /** The text; null beside calls without one, and for a refusal. */
  content: z.string().nullable(),
  /** What the model said when it refused to answer; else null. */
  refusal: z.string().nullable(),
  /** What it calls. */
  tool_calls: z.array(ToolCall).optional(),
  /** What it calls, when the request had `functions`. */
  function_call: FunctionCall.optional(),
  /** The sources of the text. */
  annotations: z.array(Annotation).optional(),
  /** What Claude thought, as text; present when reasoning was asked for. */
  reasoning_content: z.string().optional(),
  /** Claude's signed thinking blocks, to be sent back unmodified by clients that keep them. */
  reasoning_details: z.array(ReasoningDetail).optional(),
}).meta({ id: 'CompletionMessage' });
export type CompletionMessage = z.infer<typeof CompletionMessage>;

/** One of the answers. */
export const Choice = openObject({
  /** Its place among the answers, from 0. */
  index: z.int(),
  /** What the model answered. */
  message: CompletionMessage,
  /** Always null: Claude gives no log probabilities. */
  logprobs: z.null(),
  /** Why the answer ended. */
  finish_reason: FinishReason,
}).meta({ id: 'Choice' });
export type Choice = z.infer<typeof Choice>;

/**
 * A whole answer.
 * @see https://platform.openai.com/docs/api-reference/chat/object
 */
export const ChatCompletion = openObject({
  /** The id of the answer. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('chat.completion'),
  /** When the answer began, in Unix seconds. */
  created: z.int(),
  /** The model that answered. */
  model: z.string(),
  /** The answers: one, unless `n` asked for more. */
  choices: z.array(Choice),
  /** The tokens that were used. */
  usage: Usage.optional(),
  /** The tier in which Claude served the request. */
  service_tier: z.string().nullable().optional(),
  /** What could not be honoured as asked; left out when all was. */
  notices: z.array(Notice).optional(),
  /** The notes of a completion that was stored, when it is retrieved. */
  metadata: Metadata.optional(),
}).meta({ id: 'ChatCompletion' });
export type ChatCompletion = z.infer<typeof ChatCompletion>;
