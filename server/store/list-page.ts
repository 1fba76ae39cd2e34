import { unknownCursor } from './storage.ts';

/** A list in OpenAI's shape. */
export interface ListPage<Item> {
  object: 'list';
  data: Item[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

export interface PageQuery {
  /** The id of the item behind which the page begins. */
  after?: string | null | undefined;
  /** Maximum number of items. */
  limit: number;
  order: 'asc' | 'desc';
}

export function toListPage<Item extends { id?: string | undefined }>(data: Item[], hasMore: boolean): ListPage<Item> {
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: hasMore,
  };
}

/** A page of items, which are there with the oldest first. Throws a 400 that names `after` when there is no such item. */
export function pageOf<Item extends { id?: string | undefined }>(
  items: readonly Item[],
  { after, limit, order }: PageQuery,
): ListPage<Item> {
  const ordered = order === 'desc' ? items.toReversed() : items;
  const start = after ? ordered.findIndex((item) => item.id === after) + 1 : 0;
  if (after && start === 0) throw unknownCursor(after);
  return toListPage(ordered.slice(start, start + limit), ordered.length > start + limit);
}
