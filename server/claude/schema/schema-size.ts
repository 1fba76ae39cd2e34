/** Sizes of what was measured before: merging puts the same parts together again and again. */
const sizes = new WeakMap<object, number>();

/** About the characters of a JSON value's text. Not for values nested without bounds. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 4;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  let size = 2;
  for (const [name, entry] of Object.entries(value)) size += name.length + 4 + sizeOf(entry);
  sizes.set(value, size);
  return size;
}
