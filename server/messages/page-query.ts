import { TrestleError } from '../../shared/error.ts';

/** The query of one of Anthropic's lists: `limit`, and `after_id` or `before_id`. */
export type ListQuery = Readonly<Record<string, unknown>>;

/** The page that a query asks for. */
export interface PageQuery {
  limit: number;
  /** Whether it has what is before the cursor, not what is after it. */
  backwards: boolean;
  /** The id that the page begins or ends beside; undefined for the first page. */
  cursor: string | undefined;
}

const LIMIT = { default: 20, max: 1000 };

/** Throws a 400 that names the field. */
export function readPageQuery({ limit: asked, after_id: after, before_id: before }: ListQuery): PageQuery {
  const limit = Number(asked ?? LIMIT.default);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT.max)
    throw refused('limit', `Input should be a valid integer between 1 and ${LIMIT.max}`);
  if (after !== undefined && before !== undefined)
    throw refused('before_id', 'Only one of after_id and before_id may be given');
  const backwards = before !== undefined;
  const cursor = after ?? before;
  if (cursor !== undefined && typeof cursor !== 'string')
    throw refused(backwards ? 'before_id' : 'after_id', 'Input should be one id');
  return { limit, backwards, cursor };
}

/** A 400 for a field of the query. */
export function refused(field: string, message: string): TrestleError {
  return new TrestleError('invalid_value', `${field}: ${message}`, { param: field });
}
