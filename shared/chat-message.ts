import { z } from 'zod';
import { CacheControl } from './cache-control.ts';
import { AssistantPart, TextPart, ToolPart, UserPart } from './content-part.ts';
import { openObject } from './open-object.ts';
import { ReasoningDetail } from './reasoning-detail.ts';
import { FunctionCall, ToolCall } from './tool.ts';

const named = {
  /** Who speaks, among several of the same role. Claude knows no names, so it makes a notice. */
  name: z.string().nullish(),
};
const marked = {
  /** Ends a prefix that Claude is to cache, behind the last part of this message. */
  cache_control: CacheControl.nullish(),
};

/** Instructions of the application. The same as a system message. */
export const DeveloperMessage = openObject({
  /** Who speaks. */
  role: z.literal('developer'),
  /** The instructions. */
  content: z.union([z.string(), z.array(TextPart)]),
  ...named,
  ...marked,
}).meta({ id: 'DeveloperMessage' });

/** Instructions of the application. */
export const SystemMessage = openObject({
  /** Who speaks. */
  role: z.literal('system'),
  /** The instructions. */
  content: z.union([z.string(), z.array(TextPart)]),
  ...named,
  ...marked,
}).meta({ id: 'SystemMessage' });

/** What the user says. */
export const UserMessage = openObject({
  /** Who speaks. */
  role: z.literal('user'),
  /** Text, or parts: text, images and files. */
  content: z.union([z.string(), z.array(UserPart)]),
  ...named,
  ...marked,
}).meta({ id: 'UserMessage' });
export type UserMessage = z.infer<typeof UserMessage>;

/** What the model answered before. The message of an answer can be sent back as it came. */
export const AssistantMessage = openObject({
  /** Who speaks. */
  role: z.literal('assistant'),
  /** What it said. May be left out beside calls. */
  content: z.union([z.string(), z.array(AssistantPart)]).nullish(),
  /** What it said when it refused to answer. */
  refusal: z.string().nullish(),
  /** A spoken answer, which Claude never gave: it is refused. */
  audio: openObject({
    /** The id of the spoken answer. */
    id: z.string(),
  }).nullish(),
  /** What it called. A tool message with the result of each follows. */
  tool_calls: z.array(ToolCall).nullish(),
  /** What it called, in the older form. */
  function_call: FunctionCall.nullish(),
  /** What it thought, as text. Claude takes its thinking back from `reasoning_details` alone. */
  reasoning_content: z.string().nullish(),
  /** Claude's signed thinking, unmodified. Details of other gateways are left out, with a notice. */
  reasoning_details: z.array(z.union([ReasoningDetail, z.looseObject({})])).nullish(),
  /** Sources of the answer, as it had them; not read. */
  annotations: z.array(z.looseObject({})).nullish(),
  /** What OpenAI's SDKs make of `content`; not read. */
  parsed: z.looseObject({}).nullish(),
  ...named,
  ...marked,
}).meta({ id: 'AssistantMessage' });
export type AssistantMessage = z.infer<typeof AssistantMessage>;

/** The result of a call. */
export const ToolMessage = openObject({
  /** Who speaks. */
  role: z.literal('tool'),
  /** The result: text, or parts, which may be images and files. */
  content: z.union([z.string(), z.array(ToolPart)]),
  /** The id of the call that this is the result of. */
  tool_call_id: z.string(),
  ...named,
  ...marked,
}).meta({ id: 'ToolMessage' });
export type ToolMessage = z.infer<typeof ToolMessage>;

/** The result of a `function_call`, in the older form. */
export const FunctionMessage = openObject({
  /** Who speaks. */
  role: z.literal('function'),
  /** The result. */
  content: z.string().nullable(),
  /** The function that was called. */
  name: z.string(),
  ...marked,
}).meta({ id: 'FunctionMessage' });

/** A message of the conversation. */
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
