import { deserialize, type SuperJSONResult } from 'superjson';
import { TrestleError } from '../../shared/error.ts';

/** What an input may hold beside JSON. superjson revives each of them from a short text. */
const REVIVED = new Set(['undefined', 'number', 'Date', 'bigint']);
/** Characters of such a text: the digits of a longer number take more than linear time. */
const MAX_TEXT = 400;
/** superjson takes the path to each value apart and walks it, so neither may grow without end. */
const MAX_VALUES = 1000;
const MAX_PATH = 2000;

/**
 * Reads an input as superjson wrote it, if it is plain JSON but for values such as `undefined`. Anything else that
 * superjson can revive is refused unread: a typed array of a stated length takes gigabytes for a hundred bytes, a
 * regular expression or an object that is shared or holds itself is nothing that Claude could be sent.
 */
export function readPlainInput(input: SuperJSONResult | undefined): unknown {
  if (typeof input !== 'object' || input === null) return undefined;
  const { json, meta } = input;
  if (meta === undefined || meta === null) return json;
  if (isCyclic(meta.referentialEqualities)) throw notPlain('it holds an object that contains itself');
  const { values, v } = meta as { values?: unknown; v?: unknown };
  if (values === undefined) return json;
  checkValues(values, json);
  // Objects that stand in several places are there in full in each of them.
  return deserialize({ json, meta: { values, v } } as SuperJSONResult, { inPlace: true });
}

/** superjson's tree: `[type, children?]` for a value that is revived, or an object of trees by their paths. */
function checkValues(root: unknown, json: unknown): void {
  const trees: [tree: unknown, value: unknown][] = [[root, json]];
  let seen = 0;
  for (let next = trees.pop(); next !== undefined; next = trees.pop()) {
    const [tree, value] = next;
    let children = tree;
    if (Array.isArray(tree)) {
      const [type, below] = tree as unknown[];
      if (typeof type !== 'string' || !REVIVED.has(type)) throw notPlain('it holds a value that JSON does not have');
      if (typeof value === 'string' && value.length > MAX_TEXT) throw notPlain('it holds a number that is too long');
      children = below;
    }
    if (typeof children !== 'object' || children === null) continue;
    for (const path in children) {
      seen += 1;
      if (seen > MAX_VALUES || path.length > MAX_PATH) throw notPlain('it has too many values that JSON does not have');
      trees.push([(children as Record<string, unknown>)[path], valueAt(value, path)]);
    }
  }
}

/** `a.b`, with dots of a name as `\\.`. */
function valueAt(json: unknown, path: string): unknown {
  let value = json;
  for (const [segment] of path.matchAll(/(?:\\[^]|[^.\\])+/g)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[segment.replaceAll(/\\([^])/g, '$1')];
  }
  return value;
}

/** superjson writes null in place of an object inside itself, and where it would stand. */
function isCyclic(equalities: unknown): boolean {
  if (typeof equalities !== 'object' || equalities === null) return false;
  if (Array.isArray(equalities)) return true;
  return Object.entries(equalities).some(
    ([path, same]) => Array.isArray(same) && same.some((other) => String(other).startsWith(`${path}.`)),
  );
}

function notPlain(why: string): TrestleError {
  return new TrestleError('invalid_request', `The input must be plain JSON: ${why}`);
}
