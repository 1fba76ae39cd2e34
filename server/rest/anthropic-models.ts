import type { Model, ModelList } from '../../shared/model.ts';

/** A model in Anthropic's shape. */
function toModelInfo({ id, display_name: name, created }: Model): object {
  const createdAt = new Date(created * 1000).toISOString().replace('.000Z', 'Z');
  return { type: 'model', id, display_name: name, created_at: createdAt };
}

/** One model, or a page of the list, in Anthropic's shape. The query is that of Anthropic's list. */
export function toAnthropicModels(answer: Model | ModelList, query: Readonly<Record<string, unknown>>): object {
  if (!('data' in answer)) return toModelInfo(answer);
  const ids = answer.data.map(({ id }) => id);
  const limit = Math.min(Math.max(1, Number(query['limit'] ?? 20) || 20), 1000);
  const [after, before] = [query['after_id'], query['before_id']];
  const start = typeof after === 'string' ? ids.indexOf(after) + 1 : 0;
  const end = typeof before === 'string' && ids.includes(before) ? ids.indexOf(before) : ids.length;
  const page =
    typeof before === 'string'
      ? answer.data.slice(Math.max(start, end - limit), end)
      : answer.data.slice(start, start + limit);
  const hasMore = typeof before === 'string' ? end - limit > start : start + limit < ids.length;
  return {
    data: page.map(toModelInfo),
    has_more: hasMore,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}
