import { z } from 'zod';
import { CacheControl } from './cache-control.ts';
import { FunctionCall, ToolCall } from './tool.ts';

const cacheMarks = {
  cache_control: CacheControl.nullish(),
  prompt_cache_breakpoint: z.looseObject({ mode: z.literal('explicit') }).nullish(),
};

export const TextPart = z
  .looseObject({ type: z.literal('text'), text: z.string(), ...cacheMarks })
  .meta({ id: 'TextPart' });
export type TextPart = z.infer<typeof TextPart>;

export const ImagePart = z
  .looseObject({
    type: z.literal('image_url'),
    image_url: z.looseObject({ url: z.string(), detail: z.enum(['auto', 'low', 'high']).nullish() }),
    ...cacheMarks,
  })
  .meta({ id: 'ImagePart' });
export type ImagePart = z.infer<typeof ImagePart>;

export const AudioPart = z
  .looseObject({
    type: z.literal('input_audio'),
    input_audio: z.looseObject({ data: z.string(), format: z.enum(['wav', 'mp3']) }),
  })
  .meta({ id: 'AudioPart' });
export type AudioPart = z.infer<typeof AudioPart>;

export const FilePart = z
  .looseObject({
    type: z.literal('file'),
    file: z.looseObject({
      filename: z.string().nullish(),
      file_data: z.string().nullish(),
      file_id: z.string().nullish(),
    }),
    ...cacheMarks,
  })
  .meta({ id: 'FilePart' });
export type FilePart = z.infer<typeof FilePart>;

export const RefusalPart = z
  .looseObject({ type: z.literal('refusal'), refusal: z.string() })
  .meta({ id: 'RefusalPart' });
export type RefusalPart = z.infer<typeof RefusalPart>;

export const UserPart = z
  .discriminatedUnion('type', [TextPart, ImagePart, AudioPart, FilePart])
  .meta({ id: 'UserPart' });
export type UserPart = z.infer<typeof UserPart>;

const AssistantPart = z.discriminatedUnion('type', [TextPart, RefusalPart]).meta({ id: 'AssistantPart' });
/** OpenAI takes text alone in a tool's result; images and files are an extension that Claude can read. */
const ToolPart = z.discriminatedUnion('type', [TextPart, ImagePart, FilePart]).meta({ id: 'ToolPart' });

/** Where a thinking block stood, and what it is bound to: it goes back to Claude in its place, or not at all. */
const thinkingPlace = {
  /** Among the answer's details, from 0. */
  index: z.int().min(0).nullish(),
  /**
   * What stood between the detail before and this one: lengths of pieces of `content` in UTF-16 units, 'call' for the
   * next of `tool_calls`, and blocks of Claude's own searches. Left out where nothing did.
   */
  after: z.array(z.union([z.int().min(1), z.literal('call'), z.looseObject({ type: z.string() })])).nullish(),
  /** Of all that the answer said before it. */
  digest: z.string().nullish(),
  model: z.string().nullish(),
  /** Of the conversation before the answer. */
  prefix: z.string().nullish(),
  /** What the server told Claude right before the answer, in a system message of its own. */
  told: z.string().nullish(),
};

/** Claude's own thinking block, as it was answered; sent back unmodified or not at all. */
export const ReasoningDetail = z
  .discriminatedUnion('type', [
    z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string(), ...thinkingPlace }),
    z.looseObject({ type: z.literal('redacted_thinking'), data: z.string(), ...thinkingPlace }),
  ])
  .meta({ id: 'ReasoningDetail' });
export type ReasoningDetail = z.infer<typeof ReasoningDetail>;

const named = { name: z.string().nullish() };
/** Some clients mark a message, and mean its last part. */
const marked = { cache_control: CacheControl.nullish() };

export const DeveloperMessage = z
  .looseObject({ role: z.literal('developer'), content: z.union([z.string(), z.array(TextPart)]), ...named, ...marked })
  .meta({ id: 'DeveloperMessage' });
export const SystemMessage = z
  .looseObject({ role: z.literal('system'), content: z.union([z.string(), z.array(TextPart)]), ...named, ...marked })
  .meta({ id: 'SystemMessage' });
export const UserMessage = z
  .looseObject({ role: z.literal('user'), content: z.union([z.string(), z.array(UserPart)]), ...named, ...marked })
  .meta({ id: 'UserMessage' });
export const AssistantMessage = z
  .looseObject({
    role: z.literal('assistant'),
    content: z.union([z.string(), z.array(AssistantPart)]).nullish(),
    refusal: z.string().nullish(),
    audio: z.looseObject({ id: z.string() }).nullish(),
    tool_calls: z.array(ToolCall).nullish(),
    function_call: FunctionCall.nullish(),
    reasoning_content: z.string().nullish(),
    // Those of other gateways are taken too, and named in a notice.
    reasoning_details: z.array(z.union([ReasoningDetail, z.looseObject({})])).nullish(),
    // What clients send back of an answer as they got it, and Claude has no use for.
    annotations: z.array(z.looseObject({})).nullish(),
    parsed: z.looseObject({}).nullish(),
    ...named,
    ...marked,
  })
  .meta({ id: 'AssistantMessage' });
export const ToolMessage = z
  .looseObject({
    role: z.literal('tool'),
    content: z.union([z.string(), z.array(ToolPart)]),
    tool_call_id: z.string(),
    name: z.string().nullish(),
    ...marked,
  })
  .meta({ id: 'ToolMessage' });
export const FunctionMessage = z
  .looseObject({ role: z.literal('function'), content: z.string().nullable(), name: z.string(), ...marked })
  .meta({ id: 'FunctionMessage' });

export const ChatMessage = z
  .discriminatedUnion('role', [
    DeveloperMessage,
    SystemMessage,
    UserMessage,
    AssistantMessage,
    ToolMessage,
    FunctionMessage,
  ])
  .meta({ id: 'ChatMessage' });
export type ChatMessage = z.infer<typeof ChatMessage>;
export type AssistantMessage = z.infer<typeof AssistantMessage>;
export type ToolMessage = z.infer<typeof ToolMessage>;
export type UserMessage = z.infer<typeof UserMessage>;
