import type { Fields } from './front-request.ts';

const PAIR = /^([^[\]]+)\[(.*)\]$/;

/**
 * A query with its pairs of objects put together, as OpenAI's clients write them: `metadata[topic]=x` becomes
 * `metadata: { topic: 'x' }`. An object without a value, as `metadata=`, is how they write null.
 *
 * @param objects the names of the fields that are objects; all others stay as they are
 */
export function nestQuery(query: Fields, objects: ReadonlySet<string>): Fields {
  if (objects.size === 0) return query;
  const nested: Fields = {};
  const pairs = new Map<string, [string, unknown][]>();
  for (const [key, value] of Object.entries(query)) {
    const [, name = key, inner] = PAIR.exec(key) ?? [];
    if (!objects.has(name)) nested[key] = value;
    else if (inner !== undefined) pairs.set(name, [...(pairs.get(name) ?? []), [inner, value]]);
    else if (value !== '') nested[key] = value;
  }
  for (const [name, entries] of pairs) nested[name] = Object.fromEntries(entries);
  return nested;
}
