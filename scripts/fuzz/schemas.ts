import type { Dice } from './mutate.ts';

const PATTERNS = ['^a+$', '^(a+)+$', '(?P<x>a)', '\\p{L}', '(?=a)', '[', '\\Z', '^[a-z]{2,90}$', '(a|a)*b'];
const FORMATS = ['date', 'email', 'uri', 'made-up', ''];
const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null', 'any'];
const REFERENCES = ['#', '#/$defs/a', '#/$defs/b', '#/definitions/c', '#/properties/p0', '#x', 'https://x.example/y'];
const NAMES = ['p0', 'p1', '$top', '', 'a b', '__proto__', 'toString', 'x'.repeat(80)];
const VALUES = [null, 0, 1.5, 'x', [], {}, [1], { a: 1 }, true, 2 ** 64];

/** A JSON Schema as nobody would write it: nested combinators, references in circles, patterns, keywords where none belong. */
export function anySchema(dice: Dice): Record<string, unknown> {
  const root = schemaOf(dice, 4);
  root['$defs'] = { a: schemaOf(dice, 2), b: dice.chance(0.3) ? doubled('a') : schemaOf(dice, 2) };
  if (dice.chance(0.3)) root['definitions'] = { c: schemaOf(dice, 2) };
  if (dice.chance(0.7)) root['type'] = 'object';
  return root;
}

function doubled(name: string): object {
  const before = { $ref: `#/$defs/${name}` };
  return { allOf: [before, before] };
}

function schemaOf(dice: Dice, depth: number): Record<string, unknown> {
  const schema: Record<string, unknown> = {};
  for (let keywords = 1 + dice.below(4); keywords > 0; keywords -= 1) Object.assign(schema, keywordOf(dice, depth));
  return schema;
}

function keywordOf(dice: Dice, depth: number): object {
  const child = (): unknown => (depth > 0 ? schemaOf(dice, depth - 1) : dice.oneOf([true, {}, { type: 'string' }]));
  const children = (): unknown[] => Array.from({ length: 1 + dice.below(3) }, child);
  const named = (): object =>
    Object.fromEntries(Array.from({ length: dice.below(4) }, () => [dice.oneOf(NAMES), child()]));
  const [simple, nested] = [dice.below(14), dice.below(14)];
  return depth > 0 && dice.chance(0.6) ? NESTED[nested]!({ dice, child, children, named }) : SIMPLE[simple]!(dice);
}

interface Parts {
  dice: Dice;
  child: () => unknown;
  children: () => unknown[];
  named: () => object;
}

const SIMPLE: readonly ((dice: Dice) => object)[] = [
  (dice) => ({ type: dice.oneOf(TYPES) }),
  (dice) => ({ type: [dice.oneOf(TYPES), dice.oneOf(TYPES)] }),
  (dice) => ({ enum: Array.from({ length: dice.below(4) }, () => dice.oneOf(VALUES)) }),
  (dice) => ({ const: dice.oneOf(VALUES) }),
  (dice) => ({ pattern: dice.oneOf(PATTERNS) }),
  (dice) => ({ format: dice.oneOf(FORMATS) }),
  (dice) => ({ $ref: dice.oneOf(REFERENCES) }),
  (dice) => ({ required: [dice.oneOf(NAMES), dice.oneOf(NAMES)] }),
  (dice) => ({ minimum: dice.oneOf(VALUES), exclusiveMaximum: dice.oneOf(VALUES) }),
  (dice) => ({ minLength: dice.below(9), maxItems: dice.oneOf(VALUES) }),
  (dice) => ({ description: dice.oneOf(['x', '\\'.repeat(900), 'y'.repeat(3000)]), default: dice.oneOf(VALUES) }),
  () => ({ uniqueItems: true, nullable: true }),
  (dice) => ({ additionalProperties: dice.chance(0.7) ? false : dice.oneOf(VALUES) }),
  (dice) => ({ $id: dice.oneOf(['urn:x', '#', '']), $schema: 'http://json-schema.org/draft-07/schema#' }),
];

const NESTED: readonly ((parts: Parts) => object)[] = [
  ({ named }) => ({ type: 'object', properties: named() }),
  ({ named, dice }) => ({ properties: named(), required: [dice.oneOf(NAMES)] }),
  ({ children }) => ({ anyOf: children() }),
  ({ children }) => ({ oneOf: children() }),
  ({ children }) => ({ allOf: children() }),
  ({ child }) => ({ not: child() }),
  ({ child }) => ({ if: child(), then: child(), else: child() }),
  ({ child }) => ({ items: child(), minItems: 1 }),
  ({ children }) => ({ items: children() }),
  ({ children }) => ({ prefixItems: children() }),
  ({ dice, child }) => ({ patternProperties: { [dice.oneOf(PATTERNS)]: child() } }),
  ({ child }) => ({ additionalProperties: child() }),
  ({ named }) => ({ dependentSchemas: named(), dependentRequired: { p0: ['p1'] } }),
  ({ child, children }) => ({ contains: child(), anyOf: children(), allOf: children() }),
];
