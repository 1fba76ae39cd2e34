import type { Notices } from '../notices.ts';
import { quoteJson } from '../quote-json.ts';
import {
  KEYWORDS,
  NAMED,
  number,
  schema,
  schemas,
  SUBSCHEMA_LISTS,
  SUBSCHEMA_MAPS,
  SUBSCHEMAS,
  text,
  TYPES,
} from './draft-2020-12.ts';
import { isSchemaObject, type Schema as SchemaObject } from './json-schema.ts';
import { mendPattern } from './mend-pattern.ts';

type Entry = [keyword: string, value: unknown];

/** What loses nothing of a schema's meaning when it is left out. */
const ANNOTATIONS = new Set(
  '$schema $comment $id $vocabulary title description deprecated readOnly writeOnly examples'.split(' '),
);
/** Places named in one notice. */
const MAX_NAMED = 5;
const MAX_PLACE_LENGTH = 200;
const MAX_QUOTE_LENGTH = 1000;

interface Mending {
  /** Pointers of what was left out or rewritten. */
  places: string[];
  /** How often a constraint went away, so that more fits than before. */
  loosened: number;
  /** What was quoted. */
  quoted: Map<object, string>;
}

/**
 * The schema as draft 2020-12 takes it. OpenAI takes other drafts and slips; Claude refuses the whole request. A bad entry
 * goes alone, and a constraint that can't be kept becomes a description: under `not` and `if` the whole of it does, since
 * there less would fit without. A valid schema comes back as the same object, so that its keys stay byte for byte;
 * `places` names what was left out or rewritten.
 */
export function toValidSchema(input: SchemaObject, places: string[]): SchemaObject {
  return validSchema(input, { places, loosened: 0, quoted: new Map() }, '');
}

/** One notice for all that was mended. */
export function noteMended(places: readonly string[], param: string, notices: Notices): void {
  if (places.length === 0) return;
  const named = places.slice(0, MAX_NAMED).map((place) => place.slice(0, MAX_PLACE_LENGTH));
  const more = places.length > MAX_NAMED ? ` and ${places.length - MAX_NAMED} more` : '';
  const why = 'not valid in JSON Schema 2020-12, which Claude reads, and left out, rewritten or described';
  notices.add(param, 'emulated', `${why}: ${named.join(', ')}${more}`);
}

function validSchema(input: SchemaObject, mending: Mending, path: string): SchemaObject {
  const changed = new Map<string, Entry | undefined>();
  const words: string[] = [];
  for (const [keyword, value] of Object.entries(input)) {
    const at = `${path}/${keyword}`;
    const check = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    const successor = successorOf(keyword, value, input);
    const before = mending.loosened;
    if (successor) {
      const [name, replacement] = successor;
      changed.set(keyword, [name, toValidChildren(name, replacement, mending, at)]);
      mending.places.push(at);
    } else if (check) {
      const mended = check(value) ? value : mend(keyword, value, mending, at, words);
      const inner = mended === undefined ? undefined : toValidChildren(keyword, mended, mending, at);
      if (inner !== value) changed.set(keyword, inner === undefined ? undefined : [keyword, inner]);
    }
    if (mending.loosened > before) describeReversed(keyword, input, changed, words, mending);
  }
  if (changed.size === 0) return input;
  const entries = Object.entries(input).flatMap((entry): Entry[] => {
    const replacement = changed.has(entry[0]) ? changed.get(entry[0]) : entry;
    return replacement ? [replacement] : [];
  });
  return withWords(Object.fromEntries(entries), words);
}

/** Where a constraint within went away, what fits less for it goes whole, and is described. */
function describeReversed(
  keyword: string,
  input: SchemaObject,
  changed: Map<string, Entry | undefined>,
  words: string[],
  { quoted }: Mending,
): void {
  const quote = (value: unknown): string => quoteJson(value, MAX_QUOTE_LENGTH, quoted);
  if (keyword === 'not') {
    changed.set('not', undefined);
    words.push(`must not fit ${quote(input['not'])}`);
  } else if (keyword === 'if') {
    for (const name of ['if', 'then', 'else']) if (name in input) changed.set(name, undefined);
    words.push(
      `what fits ${quote(input['if'])} must fit ${quote(input['then'] ?? true)}, all else ${quote(input['else'] ?? true)}`,
    );
  } else if (keyword === 'oneOf') {
    const branches = changed.get('oneOf')?.[1];
    changed.set('oneOf', branches === undefined || 'anyOf' in input ? undefined : ['anyOf', branches]);
    words.push(`must fit exactly one of ${quote(input['oneOf'])}`);
  }
}

/** What is valid of the value; undefined when nothing is. */
function mend(keyword: string, value: unknown, mending: Mending, at: string, words: string[]): unknown {
  if (keyword === 'pattern') {
    mending.places.push(at);
    const pattern = mendPattern(value);
    if (pattern === undefined) {
      mending.loosened += 1;
      if (typeof value === 'string') words.push(`matching the regular expression ${value.slice(0, MAX_QUOTE_LENGTH)}`);
    }
    return pattern;
  }
  const lose = (place: string, isLoss = true): undefined => {
    mending.places.push(place);
    if (isLoss) mending.loosened += 1;
  };
  const mended = mendEntries(keyword, value, at, lose, words);
  if (mended === undefined) lose(at, !ANNOTATIONS.has(keyword));
  return mended;
}

/** A container without its bad entries; undefined where it is no container, or has none that are good. */
function mendEntries(
  keyword: string,
  value: unknown,
  at: string,
  lose: (place: string, isLoss?: boolean) => undefined,
  words: string[],
): unknown {
  if (Array.isArray(value)) {
    if (keyword !== 'required' && keyword !== 'type' && !SUBSCHEMA_LISTS.includes(keyword)) return undefined;
    const isGood = keyword === 'required' ? text : keyword === 'type' ? (entry: unknown) => TYPES.has(entry) : schema;
    const entries = value.flatMap((entry: unknown, index) => {
      if (isGood(entry)) return [entry];
      lose(`${at}/${index}`);
      // The place of what follows counts.
      return keyword === 'prefixItems' ? [true] : [];
    });
    const distinct = SUBSCHEMA_LISTS.includes(keyword) ? entries : [...new Set(entries)];
    if (distinct.length < entries.length) lose(at, false);
    return distinct.length > 0 || keyword === 'required' ? distinct : undefined;
  }
  if (!isSchemaObject(value) || !NAMED.includes(keyword)) return undefined;
  const entries = Object.entries(value).flatMap(([name, entry]): Entry[] => {
    const place = `${at}/${name}`;
    const key = keyword === 'patternProperties' ? mendPattern(name) : name;
    if (key !== name) lose(place, key === undefined);
    if (key === undefined)
      words.push(`properties that match ${name.slice(0, MAX_QUOTE_LENGTH)} fit ${quoteJson(entry, MAX_QUOTE_LENGTH)}`);
    if (key === undefined) return [];
    if (keyword !== 'dependentRequired' && schema(entry)) return [[key, entry]];
    if (keyword.startsWith('depend') && Array.isArray(entry)) {
      const strings = [...new Set(entry.filter(text))];
      if (strings.length < entry.length) lose(place, !entry.every(text));
      return [[key, strings]];
    }
    lose(place);
    // What refers to a definition has to find one.
    return keyword === '$defs' || keyword === 'definitions' ? [[key, true]] : [];
  });
  return Object.fromEntries(entries);
}

function withWords(written: SchemaObject, words: readonly string[]): SchemaObject {
  if (words.length === 0) return written;
  const own =
    typeof written['description'] === 'string' && written['description'] !== '' ? `${written['description']} ` : '';
  return { ...written, description: `${own}(${words.join('; ')})` };
}

/** Draft 7's tuples and draft 4's exclusive bounds have successors; anything else that is wrong is left out. */
function successorOf(keyword: string, value: unknown, around: SchemaObject): Entry | undefined {
  if (keyword === 'items' && schemas(value)) return ['prefixItems', value];
  // What follows a tuple's own items, which `items` says now.
  if (keyword === 'additionalItems' && schemas(around['items']) && schema(value)) return ['items', value];
  if (keyword === 'exclusiveMinimum' && value === true && number(around['minimum']))
    return [keyword, around['minimum']];
  if (keyword === 'exclusiveMaximum' && value === true && number(around['maximum']))
    return [keyword, around['maximum']];
  return undefined;
}

function toValidChildren(keyword: string, value: unknown, mending: Mending, path: string): unknown {
  const child = (inner: unknown, key: string | number): unknown =>
    isSchemaObject(inner) ? validSchema(inner, mending, key === '' ? path : `${path}/${key}`) : inner;
  if (SUBSCHEMAS.includes(keyword)) return child(value, '');
  if (SUBSCHEMA_LISTS.includes(keyword) && Array.isArray(value)) {
    const inner = value.map(child);
    return inner.every((entry, index) => entry === value[index]) ? value : inner;
  }
  if (SUBSCHEMA_MAPS.includes(keyword) && isSchemaObject(value)) {
    const inner = Object.entries(value).map(([key, entry]): [string, unknown] => [key, child(entry, key)]);
    return inner.every(([key, entry]) => entry === value[key]) ? value : Object.fromEntries(inner);
  }
  return value;
}
