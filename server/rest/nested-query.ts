import type { Fields } from './front-request.ts';

const PAIR = /^([^[\]]+)\[(.*)\]$/;

/** The names of the fields that are more than one text; all others stay as they are. */
export interface NestedFields {
  objects: ReadonlySet<string>;
  lists: ReadonlySet<string>;
}

/**
 * A query with its objects and lists put together, as OpenAI's clients write them: `metadata[topic]=x` becomes
 * `metadata: { topic: 'x' }`, and `include[]=a&include[]=b` becomes `include: ['a', 'b']`. An object without a value, as
 * `metadata=`, is how they write null.
 */
export function nestQuery(query: Fields, { objects, lists }: NestedFields): Fields {
  if (objects.size === 0 && lists.size === 0) return query;
  const nested: Fields = {};
  const pairs = new Map<string, [string, unknown][]>();
  for (const [key, value] of Object.entries(query)) {
    const [, name = key, inner] = PAIR.exec(key) ?? [];
    if (lists.has(name) && (inner === undefined || /^\d*$/.test(inner)))
      nested[name] = [nested[name] ?? [], value].flat();
    else if (!objects.has(name)) nested[key] = value;
    else if (inner !== undefined) pairs.set(name, [...(pairs.get(name) ?? []), [inner, value]]);
    else if (value !== '') nested[key] = value;
  }
  for (const [name, entries] of pairs) nested[name] = Object.fromEntries(entries);
  return nested;
}
