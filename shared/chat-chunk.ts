import { z } from 'zod';
import { Annotation, FinishReason, Usage } from './chat-completion.ts';
import { Notice } from './notice.ts';
import { openObject } from './open-object.ts';
import { ReasoningDetail } from './reasoning-detail.ts';

/** A piece of a call: `id`, `type` and the name come first, then pieces of `arguments` (or `input`). */
export const ToolCallDelta = openObject({
  /** The place of the call among those of the answer, from 0. */
  index: z.int(),
  /** Names the call; in its first piece. */
  id: z.string().optional(),
  /** The kind of tool; in the first piece. */
  type: z.enum(['function', 'custom']).optional(),
  /** A piece of a function's call. */
  function: openObject({
    /** The name of the function; in the first piece. */
    name: z.string().optional(),
    /** The next piece of the JSON text. */
    arguments: z.string().optional(),
  }).optional(),
  /** A piece of a custom tool's call. */
  custom: openObject({
    /** The name of the tool; in the first piece. */
    name: z.string().optional(),
    /** The next piece of the input. */
    input: z.string().optional(),
  }).optional(),
}).meta({ id: 'ToolCallDelta' });
export type ToolCallDelta = z.infer<typeof ToolCallDelta>;

/** What a chunk adds to an answer. */
export const Delta = openObject({
  /** Who speaks; in the first chunk. */
  role: z.literal('assistant').optional(),
  /** The next piece of the text. */
  content: z.string().nullable().optional(),
  /** The next piece of a refusal. */
  refusal: z.string().nullable().optional(),
  /** The next pieces of calls. */
  tool_calls: z.array(ToolCallDelta).optional(),
  /** The next piece of a call in the older form. */
  function_call: openObject({
    /** The name of the function; in the first piece. */
    name: z.string().optional(),
    /** The next piece of the JSON text. */
    arguments: z.string().optional(),
  }).optional(),
  /** Further sources of the text. */
  annotations: z.array(Annotation).optional(),
  /** The next piece of what Claude thinks, as text. */
  reasoning_content: z.string().optional(),
  /** Further signed thinking blocks. */
  reasoning_details: z.array(ReasoningDetail).optional(),
}).meta({ id: 'Delta' });
export type Delta = z.infer<typeof Delta>;

/** One of the answers, by what is new in it. */
export const ChunkChoice = openObject({
  /** Its place among the answers, from 0. */
  index: z.int(),
  /** What is new. */
  delta: Delta,
  /** Always null: Claude gives no log probabilities. */
  logprobs: z.null(),
  /** Why the answer ended; null until it has. */
  finish_reason: FinishReason.nullable(),
}).meta({ id: 'ChunkChoice' });
export type ChunkChoice = z.infer<typeof ChunkChoice>;

/**
 * One event of a streamed answer.
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 */
export const ChatCompletionChunk = openObject({
  /** The id of the answer, the same in all of its chunks. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('chat.completion.chunk'),
  /** When the answer began, in Unix seconds; the same in all chunks. */
  created: z.int(),
  /** The model that answers. */
  model: z.string(),
  /** What is new of each answer; empty in the chunk with the usage. */
  choices: z.array(ChunkChoice),
  /** The tokens that were used: null until the last chunk, left out unless asked for. */
  usage: Usage.nullable().optional(),
  /** The tier in which Claude serves the request. */
  service_tier: z.string().nullable().optional(),
  /** What could not be honoured as asked; in the last chunk. */
  notices: z.array(Notice).optional(),
}).meta({ id: 'ChatCompletionChunk' });
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>;
