import { isSchemaObject, type Schema as SchemaObject } from './json-schema.ts';
import { isPattern } from './mend-pattern.ts';

type Check = (value: unknown) => boolean;

export const TYPES: ReadonlySet<unknown> = new Set([
  'object',
  'array',
  'string',
  'number',
  'integer',
  'boolean',
  'null',
]);
export const text: Check = (value) => typeof value === 'string';
export const number: Check = (value) => typeof value === 'number';
const count: Check = (value) => Number.isInteger(value) && Number(value) >= 0;
const boolean: Check = (value) => typeof value === 'boolean';
const list: Check = (value) => Array.isArray(value);
export const schema: Check = (value) => isSchemaObject(value) || typeof value === 'boolean';
export const schemas: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(schema);
const named: Check = (value) => isSchemaObject(value) && Object.values(value).every(schema);
const names: Check = (value) => Array.isArray(value) && value.every(text) && new Set(value).size === value.length;
const type: Check = (value) =>
  TYPES.has(value) ||
  (names(value) && (value as unknown[]).length > 0 && (value as unknown[]).every((entry) => TYPES.has(entry)));
const uri: Check = (value) => typeof value === 'string' && !/\s/.test(value);
const identifier: Check = (value) => uri(value) && !String(value).replace(/#$/, '').includes('#');
/** What draft 2020-12, which Claude checks tools against, lets each keyword be. */
export const KEYWORDS: Readonly<Record<string, Check>> = {
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
  patternProperties: (value) => named(value) && Object.keys(value as SchemaObject).every(isPattern),
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
  pattern: isPattern,
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

export const SUBSCHEMAS = [
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
export const SUBSCHEMA_LISTS = ['prefixItems', 'allOf', 'anyOf', 'oneOf'];
export const SUBSCHEMA_MAPS = ['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'];
export const NAMED = [...SUBSCHEMA_MAPS, 'dependentRequired', 'dependencies'];
