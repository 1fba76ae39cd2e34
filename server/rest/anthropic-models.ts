import type { Model, ModelList } from '../../shared/model.ts';
import { type ListQuery, readPageQuery, refused } from '../messages/page-query.ts';

/** A model in Anthropic's shape. */
function toModelInfo({ id, display_name: name, created }: Model): object {
  const createdAt = new Date(created * 1000).toISOString().replace('.000Z', 'Z');
  return { type: 'model', id, display_name: name, created_at: createdAt };
}

/** One model, or a page of the list, in Anthropic's shape. Throws a 400 that names the field of the list's query. */
export function toAnthropicModels(answer: Model | ModelList, query: ListQuery): object {
  if (!('data' in answer)) return toModelInfo(answer);
  const { data: all } = answer;
  const { limit, backwards, cursor } = readPageQuery(query);
  const at = all.findIndex(({ id }) => id === cursor);
  if (cursor !== undefined && at === -1)
    throw refused(backwards ? 'before_id' : 'after_id', 'Input should be the id of a model in this list');
  const start = backwards ? Math.max(0, at - limit) : at + 1;
  const end = backwards ? at : start + limit;
  const page = all.slice(start, end);
  return {
    data: page.map(toModelInfo),
    has_more: backwards ? start > 0 : end < all.length,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}
