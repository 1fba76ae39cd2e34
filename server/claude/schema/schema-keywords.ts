import { quoteJson } from '../quote-json.ts';
import { isScalar, isSchemaObject, type Schema } from './json-schema.ts';
import { isSimplePattern } from './simple-pattern.ts';

export type JsonType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';

export interface Keyword {
  /** The types it constrains; a value of another type is free of it. Absent: every type. */
  of?: readonly JsonType[];
  /** `built` by compile-schema.ts, `kept` where the grammar `holds` it, else `described`; what is not listed is dropped. */
  fate: 'annotation' | 'built' | 'kept' | 'described';
  /** What does not pass is dropped as if it were not there. */
  isFormed?: (value: unknown) => boolean;
  holds?: (value: unknown) => boolean;
  /** What the model reads in place of the keyword; undefined when it asks for nothing. */
  text?: (value: unknown, schema: Schema) => string | undefined;
}

const OBJECT = ['object'] as const;
const ARRAY = ['array'] as const;
const STRING = ['string'] as const;
const NUMBER = ['number', 'integer'] as const;
const FORMATS = new Set<unknown>('date-time time date duration email hostname uri ipv4 ipv6 uuid'.split(' '));
const TYPES = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean', 'null']);
const MAX_QUOTED = 1000;

/** Every keyword of JSON Schema that means something, of all drafts, and what becomes of it. */
const KEYWORDS: Readonly<Record<string, Keyword>> = {
  description: { fate: 'annotation', isFormed: (value) => typeof value === 'string' },
  default: { fate: 'annotation' },

  type: { fate: 'built', isFormed: (value) => [value].flat().some(isType) },
  enum: { fate: 'built', isFormed: isFilledList, text: (value) => `one of: ${quote(value)}` },
  const: { fate: 'built', text: (value) => `exactly: ${quote(value)}` },
  $ref: { fate: 'built' },
  anyOf: { fate: 'built', isFormed: isFilledList },
  oneOf: { fate: 'built', isFormed: isFilledList },
  allOf: { fate: 'built', isFormed: isFilledList },
  nullable: { fate: 'built', isFormed: (value) => value === true },
  properties: { fate: 'built', of: OBJECT, isFormed: isSchemaObject },
  required: { fate: 'built', of: OBJECT, isFormed: Array.isArray },
  additionalProperties: { fate: 'built', of: OBJECT, isFormed: isSchema },
  items: {
    fate: 'built',
    of: ARRAY,
    isFormed: (value) => isSchema(value) || isFilledList(value),
    text: (value) => (Array.isArray(value) ? `items in this order: ${quote(value)}` : undefined),
  },
  prefixItems: {
    fate: 'built',
    of: ARRAY,
    isFormed: isFilledList,
    text: (value) => `items in this order: ${quote(value)}`,
  },
  additionalItems: { fate: 'built', of: ARRAY, isFormed: isSchema },

  format: { fate: 'kept', of: STRING, holds: (value) => FORMATS.has(value), text: named('in the format') },
  pattern: {
    fate: 'kept',
    of: STRING,
    holds: (value) => typeof value === 'string' && isSimplePattern(value),
    text: named('matching the regular expression'),
  },
  minItems: {
    fate: 'kept',
    of: ARRAY,
    holds: (value) => value === 0 || value === 1,
    text: counted('at least', 'item'),
  },

  maxItems: described(ARRAY, counted('at most', 'item')),
  uniqueItems: described(ARRAY, (value) => (value === true ? 'no two items alike' : undefined)),
  contains: described(ARRAY, contains),
  unevaluatedItems: described(ARRAY, schemaText('further items fit')),
  minLength: described(STRING, counted('at least', 'character')),
  maxLength: described(STRING, counted('at most', 'character')),
  contentEncoding: described(STRING, named('encoded as')),
  contentMediaType: described(STRING, named('holding')),
  minimum: described(NUMBER, (value, schema) =>
    bound(value, schema.exclusiveMinimum === true ? 'more than' : 'at least'),
  ),
  maximum: described(NUMBER, (value, schema) =>
    bound(value, schema.exclusiveMaximum === true ? 'less than' : 'at most'),
  ),
  exclusiveMinimum: described(NUMBER, (value) => bound(value, 'more than')),
  exclusiveMaximum: described(NUMBER, (value) => bound(value, 'less than')),
  multipleOf: described(NUMBER, (value) => bound(value, 'a multiple of')),
  minProperties: described(OBJECT, counted('at least', 'property')),
  maxProperties: described(OBJECT, counted('at most', 'property')),
  patternProperties: described(OBJECT, schemaText('properties whose names match these expressions fit')),
  propertyNames: described(OBJECT, schemaText('names of properties fit')),
  unevaluatedProperties: described(OBJECT, (value) =>
    isSchemaObject(value) ? schemaText('further properties fit')(value) : undefined,
  ),
  dependentRequired: described(OBJECT, schemaText('properties that require others')),
  dependentSchemas: described(OBJECT, schemaText('properties that require more')),
  dependencies: described(OBJECT, schemaText('properties that require more')),
  not: { fate: 'described', text: schemaText('must not fit') },
  if: { fate: 'described', text: conditional },
};

export function isType(value: unknown): value is JsonType {
  return typeof value === 'string' && TYPES.has(value);
}

/** The rule of a keyword, or undefined when it is dropped. */
export function keywordRule(name: string): Keyword | undefined {
  return Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
}

/** Whether a keyword narrows what fits. */
export function isConstraint(name: string): boolean {
  const rule = keywordRule(name);
  return (rule !== undefined && rule.fate !== 'annotation') || name === 'then' || name === 'else';
}

export function isAnySchema(schema: unknown): boolean {
  return schema === true || (isSchemaObject(schema) && !Object.keys(schema).some(isConstraint));
}

export function isNeverSchema(schema: unknown): boolean {
  return schema === false || (isSchemaObject(schema) && Object.hasOwn(schema, 'not') && isAnySchema(schema.not));
}

function isSchema(value: unknown): boolean {
  return typeof value === 'boolean' || isSchemaObject(value);
}

function isFilledList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function described(of: readonly JsonType[], text: Keyword['text']): Keyword {
  return { fate: 'described', of, text };
}

function quote(value: unknown): string {
  return quoteJson(value, MAX_QUOTED);
}

function named(words: string): (value: unknown) => string | undefined {
  return (value) => (typeof value === 'string' && value !== '' ? `${words} ${value}` : undefined);
}

function counted(words: string, noun: string): (value: unknown) => string | undefined {
  return (value) => {
    if (typeof value !== 'number' || (words === 'at least' && value <= 0)) return undefined;
    if (value === 1) return `${words} 1 ${noun}`;
    return `${words} ${value} ${noun === 'property' ? 'properties' : `${noun}s`}`;
  };
}

function bound(value: unknown, words: string): string | undefined {
  // Schema libraries write the bounds of integers in JavaScript, which ask for nothing.
  if (value === Number.MIN_SAFE_INTEGER || value === Number.MAX_SAFE_INTEGER) return undefined;
  return typeof value === 'number' ? `${words} ${value}` : undefined;
}

function schemaText(words: string): (value: unknown) => string | undefined {
  return (value) => {
    const asks = isScalar(value) ? value === false : Object.keys(value as object).length > 0;
    return asks ? `${words} ${quote(value)}` : undefined;
  };
}

function contains(value: unknown, schema: Schema): string | undefined {
  const { minContains = 1, maxContains } = schema;
  if (minContains === 0 && maxContains === undefined) return undefined;
  const most = typeof maxContains === 'number' ? `, at most ${maxContains}` : '';
  return `at least ${quote(minContains)}${most} of the items fit ${quote(value)}`;
}

function conditional(value: unknown, schema: Schema): string | undefined {
  const { then: fits, else: otherwise } = schema;
  if (fits === undefined && otherwise === undefined) return undefined;
  const ways = [
    fits === undefined ? [] : [`what fits ${quote(value)} must also fit ${quote(fits)}`],
    otherwise === undefined ? [] : [`what does not fit ${quote(value)} must fit ${quote(otherwise)}`],
  ];
  return ways.flat().join(', ');
}
