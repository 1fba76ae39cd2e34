import { isSchemaObject, type Schema } from './json-schema.ts';

/** What Claude takes as the name of a tool's argument; names further down may be anything. */
const PROPERTY_NAME = /^[a-zA-Z0-9_.-]{1,64}$/;
const MAX_NAME_LENGTH = 64;

/** The names that Claude gets of the arguments whose own it refuses. */
export type SentNames = ReadonlyMap<string, string>;

/** Keywords whose schemas are of the same object. */
const IN_PLACE = ['not', 'if', 'then', 'else'];
const IN_PLACE_LISTS = ['allOf', 'anyOf', 'oneOf'];
/** Keywords whose keys are names of arguments. */
const KEYED = ['properties', 'dependentRequired', 'dependentSchemas', 'dependencies'];

/** The names to send in place of those that Claude refuses; undefined where it takes all of them. */
export function namesToSend(schema: Schema): SentNames | undefined {
  const names = isSchemaObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  const refused = names.filter((name) => !PROPERTY_NAME.test(name));
  if (refused.length === 0) return undefined;
  const taken = new Set(names);
  const counts = new Map<string, number>();
  return new Map(
    refused.map((name) => {
      const base = name.replaceAll(/[^a-zA-Z0-9_.-]/gu, '_').slice(0, MAX_NAME_LENGTH);
      // Names that differ behind this share their numbers: else each would try those of all the others.
      const start = base.slice(0, MAX_NAME_LENGTH - 8);
      let count = counts.get(start) ?? 1;
      let sent = base;
      for (; sent === '' || taken.has(sent); sent = `${start}_${count}`) count += 1;
      counts.set(start, count);
      taken.add(sent);
      return [name, sent];
    }),
  );
}

/** The schema with those names, wherever it says something of these arguments. Each tells the name that it stands for. */
export function withNames(schema: Schema, names: SentNames): Schema {
  const renamed = renamedIn(schema, names);
  const properties = renamed['properties'] as Schema;
  const told = Object.fromEntries(Array.from(names, ([asked, sent]) => [sent, toldOf(properties[sent], asked)]));
  return { ...renamed, properties: { ...properties, ...told } };
}

function toldOf(property: unknown, asked: string): unknown {
  if (!isSchemaObject(property)) return property;
  const { description } = property;
  const own = typeof description === 'string' && description !== '' ? `${description} ` : '';
  return { ...property, description: `${own}(named ${JSON.stringify(asked)})` };
}

function renamedIn(schema: Schema, names: SentNames): Schema {
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]): [string, unknown] => {
      if (keyword === 'required') return [keyword, renamedList(value, names)];
      if (KEYED.includes(keyword) && isSchemaObject(value)) return [keyword, renamedKeyed(keyword, value, names)];
      if (IN_PLACE.includes(keyword)) return [keyword, inPlace(value, names)];
      if (IN_PLACE_LISTS.includes(keyword) && Array.isArray(value))
        return [keyword, value.map((entry) => inPlace(entry, names))];
      return [keyword, withReferences(value, names)];
    }),
  );
}

function renamedKeyed(keyword: string, value: Schema, names: SentNames): Schema {
  const rename = (entry: unknown): unknown => {
    if (keyword === 'properties') return withReferences(entry, names);
    return Array.isArray(entry) ? renamedList(entry, names) : inPlace(entry, names);
  };
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [names.get(name) ?? name, rename(entry)]));
}

function renamedList(value: unknown, names: SentNames): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((name: unknown) => (typeof name === 'string' ? (names.get(name) ?? name) : name));
}

function inPlace(value: unknown, names: SentNames): unknown {
  return isSchemaObject(value) ? renamedIn(value, names) : value;
}

/** References to one of the arguments follow it. */
function withReferences(value: unknown, names: SentNames): unknown {
  if (Array.isArray(value)) return value.map((entry) => withReferences(entry, names));
  if (!isSchemaObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      key === '$ref' && typeof entry === 'string' ? renamedReference(entry, names) : withReferences(entry, names),
    ]),
  );
}

function renamedReference(reference: string, names: SentNames): string {
  const [, name, rest = ''] = /^#\/properties\/([^/]*)(.*)$/s.exec(reference) ?? [];
  const sent = name === undefined ? undefined : names.get(decoded(name));
  return sent === undefined ? reference : `#/properties/${sent}${rest}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return part;
  }
}
