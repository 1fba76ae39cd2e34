import type { Model, ModelList } from '../../shared/model.ts';
import { type ListQuery, readPageQuery, refused } from '../messages/page-query.ts';
import type { ModelInfo } from '../upstream/claude.ts';

/** What Claude says of the model that a name stands for; undefined where Claude does not list it. */
type InfoOf = (name: string) => ModelInfo | undefined;

/** A model in Anthropic's shape: as Claude has it, or as much as is known of it here. */
function toModelInfo(model: Model, infoOf: InfoOf): ModelInfo {
  const { id, display_name: name = id, created } = model;
  const info = infoOf(id);
  // An alias keeps its own name.
  if (info) return { ...info, id };
  return {
    type: 'model',
    id,
    display_name: name,
    created_at: new Date(created * 1000).toISOString().replace('.000Z', 'Z'),
    max_input_tokens: model.context_window ?? null,
    max_tokens: model.max_output_tokens ?? null,
    capabilities: null,
    lifecycle: 'active',
    line: null,
    deprecated_at: null,
    retires_at: model.shutdown_date ? `${model.shutdown_date}T00:00:00Z` : null,
  };
}

/** One model, or a page of the list, in Anthropic's shape. Throws a 400 that names the field of the list's query. */
export function toAnthropicModels(answer: Model | ModelList, query: ListQuery, infoOf: InfoOf): object {
  if (!('data' in answer)) return toModelInfo(answer, infoOf);
  const { data: all } = answer;
  const { limit, backwards, cursor } = readPageQuery(query);
  const at = all.findIndex(({ id }) => id === cursor);
  if (cursor !== undefined && at === -1)
    throw refused(backwards ? 'before_id' : 'after_id', 'Input should be the id of a model in this list');
  const start = backwards ? Math.max(0, at - limit) : at + 1;
  const end = backwards ? at : start + limit;
  const page = all.slice(start, end);
  return {
    data: page.map((model) => toModelInfo(model, infoOf)),
    has_more: backwards ? start > 0 : end < all.length,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}
