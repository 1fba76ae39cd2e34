import { z } from 'zod';
import { ChatCompletion } from './chat-completion.ts';
import { Metadata } from './metadata.ts';
import { openObject } from './open-object.ts';

const id = z.string().min(1);
const order = z.enum(['asc', 'desc']).default('asc');
const limit = z.coerce.number<number>().int().min(1).max(100).default(20);

/** In a query. The generator of the OpenAPI document takes objects there as pipes alone. */
const NotesInQuery = Metadata.pipe(z.custom<Metadata>());

/** Which stored completions to list. */
export const StoredListRequest = openObject({
  /** The id of the completion behind which the list begins. */
  after: z.string().nullish(),
  /** The most completions of the list. */
  limit,
  /** `asc` begins with the oldest. */
  order,
  /** The model that was asked for, or the one that answered. */
  model: z.string().nullish(),
  /** Notes that the completions have, all of them. */
  metadata: NotesInQuery.nullish(),
});
export type StoredListRequest = z.input<typeof StoredListRequest>;

/** Which stored completion. */
export const StoredCompletionRequest = openObject({
  /** The id of the completion. */
  id,
});
export type StoredCompletionRequest = z.infer<typeof StoredCompletionRequest>;

/** Other notes for a stored completion; nothing else of it can be changed. */
export const StoredUpdateRequest = z.strictObject({
  /** The id of the completion. */
  id,
  /** Takes the place of what was there. */
  metadata: Metadata.nullable(),
});
export type StoredUpdateRequest = z.infer<typeof StoredUpdateRequest>;

/** Which messages of a stored completion to list. */
export const StoredMessagesRequest = openObject({
  /** The id of the completion. */
  id,
  /** The id of the message behind which the list begins. */
  after: z.string().nullish(),
  /** The most messages of the list. */
  limit,
  /** `asc` begins with the first. */
  order,
});
export type StoredMessagesRequest = z.input<typeof StoredMessagesRequest>;

/**
 * A message that a stored completion was asked with, as it was sent but for its content.
 * @see https://platform.openai.com/docs/api-reference/chat/getMessages
 */
export const StoredMessage = openObject({
  /** The id of the message. */
  id: z.string(),
  /** Who speaks. */
  role: z.string(),
  /** The text; null where the content is in parts, or there is none. */
  content: z.string().nullable(),
  /** The parts, where the content is in parts; else null. */
  content_parts: z
    .array(
      z.looseObject({
        /** The kind of part. */
        type: z.string(),
      }),
    )
    .nullable(),
  /** What the assistant said when it refused; else null. */
  refusal: z.string().nullable(),
}).meta({ id: 'StoredChatMessage' });
export type StoredMessage = z.infer<typeof StoredMessage>;

/** A part of the completions that are stored. */
export const StoredCompletionList = openObject({
  /** What this object is. */
  object: z.literal('list'),
  /** The completions. */
  data: z.array(ChatCompletion),
  /** The id of the first completion; null where there is none. */
  first_id: z.string().nullable(),
  /** The id of the last completion; null where there is none. */
  last_id: z.string().nullable(),
  /** Whether there are more behind the last one. */
  has_more: z.boolean(),
}).meta({ id: 'StoredChatCompletionList' });
export type StoredCompletionList = z.infer<typeof StoredCompletionList>;

/** A part of the messages of a stored completion. */
export const StoredMessageList = openObject({
  /** What this object is. */
  object: z.literal('list'),
  /** The messages. */
  data: z.array(StoredMessage),
  /** The id of the first message; null where there is none. */
  first_id: z.string().nullable(),
  /** The id of the last message; null where there is none. */
  last_id: z.string().nullable(),
  /** Whether there are more behind the last one. */
  has_more: z.boolean(),
}).meta({ id: 'StoredChatMessageList' });
export type StoredMessageList = z.infer<typeof StoredMessageList>;

/** What comes of deleting a stored completion. */
export const DeletedCompletion = openObject({
  /** The id of the completion. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('chat.completion.deleted'),
  /** Always true. */
  deleted: z.literal(true),
}).meta({ id: 'DeletedChatCompletion' });
export type DeletedCompletion = z.infer<typeof DeletedCompletion>;
