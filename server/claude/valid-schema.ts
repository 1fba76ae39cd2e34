import { isSchemaObject, type Schema as SchemaObject } from './json-schema.ts';

type Check = (value: unknown) => boolean;
type Entry = [keyword: string, value: unknown];

const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);
const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const count: Check = (value) => Number.isInteger(value) && Number(value) >= 0;
const boolean: Check = (value) => typeof value === 'boolean';
const list: Check = (value) => Array.isArray(value);
const schema: Check = (value) => isSchemaObject(value) || typeof value === 'boolean';
const schemas: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(schema);
const named: Check = (value) => isSchemaObject(value) && Object.values(value).every(schema);
const names: Check = (value) => Array.isArray(value) && value.every(text) && new Set(value).size === value.length;
const type: Check = (value) =>
  TYPES.has(value) ||
  (names(value) && (value as unknown[]).length > 0 && (value as unknown[]).every((entry) => TYPES.has(entry)));
const uri: Check = (value) => typeof value === 'string' && !/\s/.test(value);
const identifier: Check = (value) => uri(value) && !String(value).replace(/#$/, '').includes('#');
const pattern: Check = (value) => {
  try {
    return typeof value === 'string' && Boolean(new RegExp(value, 'u'));
  } catch {
    return false;
  }
};

/** What draft 2020-12, which Claude checks tools against, lets each keyword be. */
const KEYWORDS: Readonly<Record<string, Check>> = {
  $id: identifier,
  $schema: uri,
  $ref: uri,
  $anchor: (value) => typeof value === 'string' && /^[A-Za-z_][-A-Za-z0-9._]*$/.test(value),
  $dynamicRef: uri,
  $dynamicAnchor: (value) => typeof value === 'string' && /^[A-Za-z_][-A-Za-z0-9._]*$/.test(value),
  $vocabulary: (value) => isSchemaObject(value) && Object.values(value).every(boolean),
  $comment: text,
  $defs: named,
  definitions: named,
  type,
  enum: list,
  properties: named,
  patternProperties: (value) => named(value) && Object.keys(value as SchemaObject).every(pattern),
  dependentSchemas: named,
  dependentRequired: (value) => isSchemaObject(value) && Object.values(value).every(names),
  additionalProperties: schema,
  unevaluatedProperties: schema,
  unevaluatedItems: schema,
  propertyNames: schema,
  required: names,
  minProperties: count,
  maxProperties: count,
  items: schema,
  prefixItems: schemas,
  contains: schema,
  minContains: count,
  maxContains: count,
  minItems: count,
  maxItems: count,
  uniqueItems: boolean,
  allOf: schemas,
  anyOf: schemas,
  oneOf: schemas,
  not: schema,
  if: schema,
  then: schema,
  else: schema,
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: (value) => typeof value === 'number' && value > 0,
  minLength: count,
  maxLength: count,
  pattern,
  format: text,
  title: text,
  description: text,
  deprecated: boolean,
  readOnly: boolean,
  writeOnly: boolean,
  examples: list,
  contentEncoding: text,
  contentMediaType: text,
  contentSchema: schema,
  dependencies: (value) =>
    isSchemaObject(value) && Object.values(value).every((entry) => schema(entry) || names(entry)),
};

const SUBSCHEMAS = [
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'propertyNames',
  'items',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'contentSchema',
];
const SUBSCHEMA_LISTS = ['prefixItems', 'allOf', 'anyOf', 'oneOf'];
const SUBSCHEMA_MAPS = ['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'];

/**
 * The schema as draft 2020-12 takes it. OpenAI takes other drafts and slips; Claude refuses the whole request.
 * A valid schema comes back as the same object, so that its keys stay byte for byte; `left` names what was left out.
 */
export function toValidSchema(input: SchemaObject, left: string[], path = ''): SchemaObject {
  const changed = new Map<string, Entry | undefined>();
  for (const [keyword, value] of Object.entries(input)) {
    const at = `${path}/${keyword}`;
    const check = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    const successor = successorOf(keyword, value, input);
    if (successor) {
      const [name, replacement] = successor;
      changed.set(keyword, [name, toValidChildren(name, replacement, left, at)]);
      left.push(at);
    } else if (check && !check(value)) {
      changed.set(keyword, undefined);
      left.push(at);
    } else if (check) {
      const inner = toValidChildren(keyword, value, left, at);
      if (inner !== value) changed.set(keyword, [keyword, inner]);
    }
  }
  if (changed.size === 0) return input;
  const entries = Object.entries(input).flatMap((entry): Entry[] => {
    const replacement = changed.has(entry[0]) ? changed.get(entry[0]) : entry;
    return replacement ? [replacement] : [];
  });
  return Object.fromEntries(entries);
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

function toValidChildren(keyword: string, value: unknown, left: string[], path: string): unknown {
  const child = (inner: unknown, key: string | number): unknown =>
    isSchemaObject(inner) ? toValidSchema(inner, left, key === '' ? path : `${path}/${key}`) : inner;
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
