import { TrestleError } from '../../shared/error.ts';
import type { Call } from '../calls/call.ts';
import { isPlainObject } from '../calls/plain-object.ts';
import { unreadable } from '../upstream/failure.ts';
import { batchNotFound, BATCHES, type BatchDependencies, type BatchHeaders, fieldsOf, told } from './batches.ts';

/** What a caller asks of the list: `limit`, and `after_id` or `before_id`. */
export type BatchQuery = Readonly<Record<string, unknown>>;

const LIMIT = { default: 20, max: 1000 };

/** A page of the caller's batches, the newest first, in the shape of Claude's. */
export async function listBatches(
  dependencies: BatchDependencies,
  call: Call,
  { query, headers }: { query: BatchQuery; headers: BatchHeaders },
): Promise<string> {
  const ids = await dependencies.batchOwners.idsOf(call.owner);
  const get = (search: URLSearchParams): ReturnType<typeof dependencies.claude.forward> =>
    dependencies.claude.forward({ method: 'get', path: `${BATCHES}?${search.toString()}`, headers }, call.signal);
  if (ids === undefined)
    return told(dependencies, call, await get(new URLSearchParams(query as Record<string, string>)));

  const { limit, backwards, cursor } = readQuery(query, ids);
  const found: Record<string, unknown>[] = [];
  // Claude's pages have the batches of all callers.
  for (let from = cursor; found.length <= limit && found.length < ids.size;) {
    const search = new URLSearchParams({ limit: String(LIMIT.max) });
    if (from !== undefined) search.set(backwards ? 'before_id' : 'after_id', from);
    const page = await get(search);
    const {
      data,
      has_more: more,
      first_id: first,
      last_id: last,
    } = fieldsOf(JSON.parse(told(dependencies, call, page)));
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
  return JSON.stringify({ data, has_more: found.length > limit, first_id: first, last_id: last });
}

interface Page {
  limit: number;
  /** Those before the cursor, not those after it. */
  backwards: boolean;
  cursor: string | undefined;
}

/** Throws a 400 that names the field, or 404 for a cursor that is none of the caller's. */
function readQuery({ limit: asked, after_id: after, before_id: before }: BatchQuery, ids: ReadonlySet<string>): Page {
  const limit = Number(asked ?? LIMIT.default);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT.max) {
    const message = `limit: Input should be a valid integer between 1 and ${LIMIT.max}`;
    throw new TrestleError('invalid_value', message, { param: 'limit' });
  }
  if (after !== undefined && before !== undefined) {
    throw new TrestleError('invalid_value', 'before_id: Only one of after_id and before_id may be given', {
      param: 'before_id',
    });
  }
  const cursor = after ?? before;
  if (cursor === undefined) return { limit, backwards: false, cursor };
  if (typeof cursor !== 'string')
    throw new TrestleError('invalid_value', 'after_id and before_id: Input should be one id');
  if (!ids.has(cursor)) throw batchNotFound(cursor);
  return { limit, backwards: before !== undefined, cursor };
}
