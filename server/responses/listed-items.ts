import type { ConversationItem } from '../../shared/responses/conversation.ts';
import type { InputItem } from '../../shared/responses/input-item.ts';
import type { ResponseItemList } from '../../shared/responses/stored-response.ts';
import { unknownCursor } from '../store/storage.ts';

export interface Page {
  /** The id of the item behind which the page begins. */
  after?: string | null | undefined;
  limit: number;
  order: 'asc' | 'desc';
}

/** A page of items, which are there with the oldest first. Throws a 400 that names `after` when there is no such item. */
export function listItems(items: readonly ConversationItem[], { after, limit, order }: Page): ResponseItemList {
  const ordered = order === 'desc' ? items.toReversed() : items;
  const start = after ? ordered.findIndex((item) => item.id === after) + 1 : 0;
  if (after && start === 0) throw unknownCursor(after);
  const data = ordered.slice(start, start + limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: ordered.length > start + limit,
  };
}

/** An item as it is listed: with an id, and its content in parts. */
export function toListed(item: InputItem, id: string): ConversationItem {
  if (!('content' in item) || typeof item.content !== 'string') return { ...item, id };
  const type = 'role' in item && item.role === 'assistant' ? 'output_text' : 'input_text';
  return { status: 'completed', ...item, id, type: 'message', content: [{ type, text: item.content }] };
}
