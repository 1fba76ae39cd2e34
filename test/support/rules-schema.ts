import { refuse } from './claude-refusal.ts';
import { isRecord } from './claude-shape.ts';

type Schema = Record<string, unknown>;

const TYPES = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean', 'null']);
const FORMATS = new Set(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']);
const ANNOTATIONS = ['title', 'description', 'default'];
const DEFINITIONS = ['$defs', 'definitions'];
const KEYWORDS = new Set([
  ...ANNOTATIONS,
  ...DEFINITIONS,
  'type',
  'enum',
  'const',
  'anyOf',
  'allOf',
  '$ref',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
  'format',
  'pattern',
]);

/** Refuses what the grammar compiler of structured outputs does not know (section 3.5). */
export function checkDialect(schema: unknown, where: string): void {
  if (!isRecord(schema)) refuse(`${where}: schema must be an object`);
  checkNode(schema, schema, where);
  refuseRecursion(schema, where);
}

function checkNode(node: unknown, root: Schema, where: string): void {
  if (!isRecord(node)) refuse(`${where}: every schema must be an object`);
  const type = describe(node['type']);
  for (const keyword of Object.keys(node))
    if (!KEYWORDS.has(keyword)) refuse(`${where}: For '${type}' type, property '${keyword}' is not supported`);
  checkKind(node, root, where);
  checkTypes(node, where);
  checkObject(node, where);
  checkValues(node, where);
  for (const child of childrenOf(node)) checkNode(child, root, where);
}

function describe(type: unknown): string {
  return typeof type === 'string' ? type : (JSON.stringify(type) ?? 'None');
}

function checkKind(node: Schema, root: Schema, where: string): void {
  const kinds = ['type', 'anyOf', 'allOf', '$ref', 'enum', 'const'];
  if (!kinds.some((kind) => node[kind] !== undefined)) refuse(`${where}: Schema type 'None' is not supported`);
  for (const union of ['anyOf', 'allOf'])
    if (node[union] !== undefined && !(Array.isArray(node[union]) && node[union].length > 0))
      refuse(`${where}: ${union} must be a non-empty list`);
  if (node['allOf'] !== undefined && [...nodesOf({ allOf: node['allOf'] })].some((part) => part['$ref'] !== undefined))
    refuse(`${where}: allOf with $ref is not supported`);
  if (node['$ref'] === undefined) return;
  if (resolved(node['$ref'], root) === undefined)
    refuse(`${where}: $ref '${describe(node['$ref'])}' cannot be resolved`);
  const siblings = Object.keys(node).filter((key) => ![...ANNOTATIONS, ...DEFINITIONS, '$ref'].includes(key));
  if (siblings.length > 0) refuse(`${where}: $ref cannot be combined with ${siblings.join(', ')}`);
}

function checkTypes(node: Schema, where: string): void {
  if (node['type'] === undefined) return;
  const types = [node['type']].flat();
  const unknown = types.find((type) => typeof type !== 'string' || !TYPES.has(type));
  if (unknown !== undefined || types.length === 0)
    refuse(`${where}: Schema type '${describe(unknown)}' is not supported`);
}

function isObjectSchema(node: Schema): boolean {
  return [node['type']].flat().includes('object') || node['properties'] !== undefined;
}

function checkObject(node: Schema, where: string): void {
  if (!isObjectSchema(node)) return;
  if (node['additionalProperties'] !== false)
    refuse(`${where}: For 'object' type, 'additionalProperties' must be explicitly set to false`);
  const properties = node['properties'] ?? {};
  if (!isRecord(properties)) refuse(`${where}: properties must be an object`);
  const required = node['required'] ?? [];
  if (!Array.isArray(required)) refuse(`${where}: required must be a list`);
  const undeclared = required.find((name) => !Object.hasOwn(properties, String(name)));
  if (undeclared !== undefined) refuse(`${where}: required property '${String(undeclared)}' is not in properties`);
}

function checkValues(node: Schema, where: string): void {
  const type = describe(node['type']);
  if (node['minItems'] !== undefined && node['minItems'] !== 0 && node['minItems'] !== 1)
    refuse(`${where}: For '${type}' type, 'minItems' values other than 0 or 1 are not supported`);
  if (node['format'] !== undefined && !FORMATS.has(describe(node['format'])))
    refuse(`${where}: For '${type}' type, format '${describe(node['format'])}' is not supported`);
  if (node['pattern'] !== undefined) checkPattern(node['pattern'], where);
  const { enum: values } = node;
  if (values !== undefined && !(Array.isArray(values) && values.length > 0))
    refuse(`${where}: enum must be a non-empty list`);
  const constants = [...(Array.isArray(values) ? values : []), ...('const' in node ? [node['const']] : [])];
  if (constants.some((value) => typeof value === 'object' && value !== null))
    refuse(`${where}: only scalar values are supported in enum and const`);
}

function checkPattern(pattern: unknown, where: string): void {
  if (typeof pattern !== 'string') refuse(`${where}: pattern must be a string`);
  const bare = pattern.replaceAll('\\\\', '');
  if (/\(\?<?[=!]|\\[1-9]|\\k<|\\[bB]/.test(bare))
    refuse(`${where}: pattern uses lookaround, a backreference or a word boundary, which are not supported`);
  if (!compiles(pattern)) refuse(`${where}: pattern is not a valid regular expression`);
}

function compiles(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}

function childrenOf(node: Schema): unknown[] {
  const lists = ['anyOf', 'allOf'].flatMap((key) => (Array.isArray(node[key]) ? node[key] : []));
  const maps = ['properties', ...DEFINITIONS].flatMap((key) => (isRecord(node[key]) ? Object.values(node[key]) : []));
  return [...lists, ...maps, ...(node['items'] === undefined ? [] : [node['items']])];
}

function* nodesOf(node: unknown): Generator<Schema> {
  if (!isRecord(node)) return;
  yield node;
  for (const child of childrenOf(node)) yield* nodesOf(child);
}

function resolved(reference: unknown, root: Schema): Schema | undefined {
  if (typeof reference !== 'string' || !/^#\/(\$defs|definitions)\//.test(reference)) return undefined;
  let found: unknown = root;
  for (const part of decodeURIComponent(reference).split('/').slice(1))
    found = isRecord(found) ? found[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  return isRecord(found) ? found : undefined;
}

function refuseRecursion(root: Schema, where: string): void {
  const done = new Set<Schema>();
  function visit(node: Schema, open: ReadonlySet<Schema>): void {
    if (open.has(node)) refuse(`${where}: recursive schemas are not supported`);
    if (done.has(node)) return;
    const inside = new Set(open).add(node);
    const target = node['$ref'] === undefined ? undefined : resolved(node['$ref'], root);
    if (target !== undefined) visit(target, inside);
    for (const child of childrenOf(node)) if (isRecord(child)) visit(child, inside);
    done.add(node);
  }
  visit(root, new Set());
}

/** What the compiler counts over all strict tools and the answer format of one request. */
export interface SchemaTotals {
  optional: number;
  unions: number;
}

export function emptyTotals(): SchemaTotals {
  return { optional: 0, unions: 0 };
}

export function addTotals(totals: SchemaTotals, schema: unknown): void {
  for (const node of nodesOf(schema)) {
    const required = Array.isArray(node['required']) ? node['required'] : [];
    const names = isRecord(node['properties']) ? Object.keys(node['properties']) : [];
    totals.optional += names.filter((name) => !required.includes(name)).length;
    const isUnion = node['anyOf'] !== undefined || (Array.isArray(node['type']) && node['type'].length > 1);
    if (isUnion) totals.unions += 1;
  }
}

export function checkTotals(totals: SchemaTotals): void {
  if (totals.optional > 24)
    refuse(
      `Schemas contains too many optional parameters (${totals.optional}), which would make grammar compilation inefficient. Reduce the number of optional parameters in your tool schemas (limit: 24).`,
    );
  if (totals.unions > 16)
    refuse(
      `Schemas contains too many parameters with union types (${totals.unions} parameters with type arrays or anyOf). Reduce the number of nullable or union-typed parameters (limit: 16).`,
    );
}
