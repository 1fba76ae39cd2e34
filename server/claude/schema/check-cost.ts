import { resolveReference } from './resolve-reference.ts';

/** Maximum of a schema's size, its references written out, times the text's characters. It takes some milliseconds. */
const MAX_COST = 500_000;
const MAX_CHARACTERS = 4096;
/** Compiling a schema takes longer than any check. */
const MAX_SCHEMA_CHARACTERS = 2048;
/** What can take longer than the value is long: patterns like `(a+)+$`, comparing every two items, other ways to refer. */
const SLOW = /"(?:pattern|patternProperties|uniqueItems|\$dynamicRef|\$recursiveRef|\$anchor|\$id)"/;

/** Whether texts are checked against a schema, whose `json` is given too, in a time that is known before. */
export function isQuick(texts: readonly string[], schema: unknown, json: string): boolean {
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  if (characters > MAX_CHARACTERS || json.length > MAX_SCHEMA_CHARACTERS || SLOW.test(json)) return false;
  return characters * writtenOut(schema) <= MAX_COST;
}

/** About the characters of a schema with its references written out; `Infinity` for one that is recursive or refers elsewhere. */
function writtenOut(root: unknown): number {
  const sizes = new Map<string, number>();
  const sizeOf = (value: unknown): number => {
    if (typeof value === 'string') return value.length + 2;
    if (typeof value !== 'object' || value === null) return 4;
    let size = 2;
    for (const [name, entry] of Object.entries(value))
      size += name.length + 4 + (name === '$ref' ? referred(entry) : sizeOf(entry));
    return size;
  };
  const referred = (reference: unknown): number => {
    const target = resolveReference(reference, root);
    if (target === undefined) return Infinity;
    // While it is measured it is open: meeting it again is a recursion.
    const known = sizes.get(target.pointer);
    if (known !== undefined) return known;
    sizes.set(target.pointer, Infinity);
    const size = sizeOf(target.schema);
    sizes.set(target.pointer, size);
    return size;
  };
  return sizeOf(root);
}
