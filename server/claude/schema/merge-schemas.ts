import { isSchemaObject, NotHeldError, own, UnsatisfiableError, type Schema } from './json-schema.ts';
import { isConstraint } from './schema-keywords.ts';

/** Maximum schemas that are merged with another one, or choices with each other. */
export const MAX_BRANCHES = 200;

type Merge = (first: unknown, second: unknown) => unknown;

const MERGES: Readonly<Record<string, Merge>> = {
  type: sharedTypes,
  enum: sharedValues,
  required: (first, second) => [...new Set([...listOf(first), ...listOf(second)])],
  anyOf: everyPair,
  allOf: (first, second) => [...listOf(first), ...listOf(second)],
  items: both,
  additionalProperties: (first, second) => (first === false || second === false ? false : both(first, second)),
  minimum: greater,
  exclusiveMinimum: greater,
  minLength: greater,
  minItems: greater,
  minProperties: greater,
  maximum: lesser,
  exclusiveMaximum: lesser,
  maxLength: lesser,
  maxItems: lesser,
  maxProperties: lesser,
};

/**
 * One schema for what fits both. Keywords of which a schema has one alone, such as `pattern`, stay behind in `allOf`.
 * Neither may hold `$ref` or `oneOf`. Throws UnsatisfiableError.
 */
export function mergeSchemas(first: Schema, second: Schema): Schema {
  const merged = new Map(Object.entries(first));
  for (const [name, value] of Object.entries(second)) {
    const present = merged.get(name);
    const merge = Object.hasOwn(MERGES, name) ? MERGES[name] : undefined;
    if (present === undefined) merged.set(name, value);
    else if (name === 'properties' || !isConstraint(name) || JSON.stringify(present) === JSON.stringify(value))
      continue;
    else if (name === 'const') throw new UnsatisfiableError();
    else {
      const whole = merge?.(present, value);
      if (whole !== undefined) merged.set(name, whole);
      else merged.set('allOf', [...listOf(merged.get('allOf')), { [name]: value }]);
    }
  }
  if (merged.has('properties')) merged.set('properties', mergedProperties(first, second));
  return Object.fromEntries(merged);
}

function mergedProperties(first: Schema, second: Schema): Schema {
  const names = [first, second].flatMap(({ properties }) =>
    isSchemaObject(properties) ? Object.keys(properties) : [],
  );
  return Object.fromEntries(
    [...new Set(names)].map((name) => {
      const one = own(first.properties, name) ?? (isClosed(first) ? false : undefined);
      const other = own(second.properties, name) ?? (isClosed(second) ? false : undefined);
      return [name, both(one, other)];
    }),
  );
}

function isClosed({ additionalProperties, patternProperties }: Schema): boolean {
  return additionalProperties === false && patternProperties === undefined;
}

function everyPair(first: unknown, second: unknown): unknown {
  if (listOf(first).length * listOf(second).length > MAX_BRANCHES) throw new NotHeldError('the schema is too complex');
  return listOf(first).flatMap((one) => listOf(second).map((other) => ({ allOf: [one, other] })));
}

function both(first: unknown, second: unknown): unknown {
  if (Array.isArray(first) || Array.isArray(second)) return undefined;
  if (first === undefined || second === undefined || first === second) return first ?? second;
  if (JSON.stringify(first) === JSON.stringify(second)) return first;
  // One flat list, or each merge would nest deeper than the last.
  const isList = isSchemaObject(first) && Object.keys(first).join() === 'allOf';
  return { allOf: isList ? [...listOf(first.allOf), second] : [first, second] };
}

function sharedTypes(first: unknown, second: unknown): unknown {
  const others = [second].flat();
  const shared = [first].flat().flatMap((type) => {
    if (others.includes(type) || (type === 'integer' && others.includes('number'))) return [type];
    return type === 'number' && others.includes('integer') ? ['integer'] : [];
  });
  if (shared.length === 0) throw new UnsatisfiableError();
  return [...new Set(shared)];
}

function sharedValues(first: unknown, second: unknown): unknown {
  const others = new Set(listOf(second).map((value) => JSON.stringify(value)));
  const shared = listOf(first).filter((value) => others.has(JSON.stringify(value)));
  if (shared.length === 0) throw new UnsatisfiableError();
  return shared;
}

function greater(first: unknown, second: unknown): unknown {
  return typeof first === 'number' && typeof second === 'number' ? Math.max(first, second) : undefined;
}

function lesser(first: unknown, second: unknown): unknown {
  return typeof first === 'number' && typeof second === 'number' ? Math.min(first, second) : undefined;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
