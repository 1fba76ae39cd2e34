import type { Call } from '../calls/call.ts';
import { fieldsOf, isPlainObject } from '../calls/plain-object.ts';
import { unreadable } from '../upstream/failure.ts';
import { batchNotFound, BATCHES, type BatchDependencies, type BatchHeaders, told, withOwnUrls } from './batches.ts';
import { type ListQuery, readPageQuery } from './page-query.ts';

/** Batches in one of the pages that Claude is asked for: as many as it gives. */
const CLAUDES_PAGE = 1000;

/** A page of the caller's batches, the newest first, in the shape of Claude's. */
export async function listBatches(
  dependencies: BatchDependencies,
  call: Call,
  { query, headers }: { query: ListQuery; headers: BatchHeaders },
): Promise<string> {
  const ids = await dependencies.batchOwners.idsOf(call.owner);
  const get = (search: URLSearchParams): ReturnType<typeof dependencies.claude.forward> =>
    dependencies.claude.forward({ method: 'get', path: `${BATCHES}?${search.toString()}`, headers }, call.signal);
  if (ids === undefined)
    return told(dependencies, call, await get(new URLSearchParams(query as Record<string, string>)));

  const { limit, backwards, cursor } = readPageQuery(query);
  if (cursor !== undefined && !ids.has(cursor)) throw batchNotFound(cursor);
  const found: Record<string, unknown>[] = [];
  // Claude's pages have the batches of all callers.
  for (let from = cursor; found.length <= limit && found.length < ids.size;) {
    const search = new URLSearchParams({ limit: String(CLAUDES_PAGE) });
    if (from !== undefined) search.set(backwards ? 'before_id' : 'after_id', from);
    const { answer, headers: upstreamHeaders } = await get(search);
    call.record.upstreamHeaders = upstreamHeaders;
    const { data, has_more: more, first_id: first, last_id: last } = fieldsOf(answer.body);
    if (!Array.isArray(data)) throw unreadable(new Error('not a list of batches')).error;
    const own = data.filter((batch) => isPlainObject(batch) && ids.has(String(batch['id']))) as typeof found;
    if (backwards) found.unshift(...own);
    else found.push(...own);
    const next = backwards ? first : last;
    if (more !== true || typeof next !== 'string') break;
    from = next;
  }
  const data = backwards ? found.slice(-limit) : found.slice(0, limit);
  const [first, last] = [data[0]?.['id'] ?? null, data.at(-1)?.['id'] ?? null];
  const page = { data, has_more: found.length > limit, first_id: first, last_id: last };
  return withOwnUrls(dependencies, JSON.stringify(page));
}
