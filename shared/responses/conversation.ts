import { z } from 'zod';
import { Metadata } from '../metadata.ts';
import { openObject } from '../open-object.ts';
import { InputItem } from './input-item.ts';

const id = z.string().min(1);

/**
 * A conversation, whose items responses go on from.
 * @see https://platform.openai.com/docs/api-reference/conversations
 */
export const Conversation = openObject({
  /** The id of the conversation. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('conversation'),
  /** When it was made, in Unix seconds. */
  created_at: z.int(),
  /** As given. */
  metadata: Metadata,
}).meta({ id: 'Conversation' });
export type Conversation = z.infer<typeof Conversation>;

/** A new conversation. */
export const ConversationCreateRequest = openObject({
  /** Its first items. */
  items: z.array(InputItem).max(20).nullish(),
  /** Up to 16 pairs of text that are kept with it. */
  metadata: Metadata.nullish(),
}).meta({ id: 'ConversationCreateRequest' });
export type ConversationCreateRequest = z.infer<typeof ConversationCreateRequest>;

/** Which conversation. */
export const ConversationRequest = openObject({
  /** The id of the conversation. */
  id,
});
export type ConversationRequest = z.infer<typeof ConversationRequest>;

/** Other metadata for a conversation. */
export const ConversationUpdateRequest = openObject({
  /** The id of the conversation. */
  id,
  /** Takes the place of what was there. */
  metadata: Metadata.nullable(),
});
export type ConversationUpdateRequest = z.infer<typeof ConversationUpdateRequest>;

/** Items for the end of a conversation. */
export const ConversationItemsCreateRequest = openObject({
  /** The id of the conversation. */
  id,
  /** The items. */
  items: z.array(InputItem).max(20),
});
export type ConversationItemsCreateRequest = z.infer<typeof ConversationItemsCreateRequest>;

/** One item of a conversation. */
export const ConversationItemRequest = openObject({
  /** The id of the conversation. */
  id,
  /** The id of the item. */
  item_id: z.string().min(1),
});
export type ConversationItemRequest = z.infer<typeof ConversationItemRequest>;

/** What comes of deleting a conversation. */
export const DeletedConversation = openObject({
  /** The id of the conversation. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('conversation.deleted'),
  /** Always true. */
  deleted: z.literal(true),
}).meta({ id: 'DeletedConversation' });
export type DeletedConversation = z.infer<typeof DeletedConversation>;

/** An item, as it is listed. */
export const ConversationItem = z
  .looseObject({
    /** The id of the item. */
    id: z.string(),
  })
  .meta({ id: 'ConversationItem' });
export type ConversationItem = z.infer<typeof ConversationItem>;
