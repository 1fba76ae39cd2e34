import { isSchemaObject, type Schema } from './json-schema.ts';
import { listOf } from './merge-schemas.ts';
import { resolveReference } from './resolve-reference.ts';
import { sizeOf } from './schema-size.ts';
import type { SchemaWork } from './schema-work.ts';

const COMBINATORS = ['anyOf', 'oneOf', 'allOf'] as const;

/** So many properties are a step, and so many characters of what is compared. */
const STEP_PROPERTIES = 10;
const STEP_CHARACTERS = 200;
const MAX_NESTING = 200;

/** What a schema says of an object at its root, its combinators and references included. */
interface Shape {
  /** The schemas of each property, by their own places in the choice. */
  properties: Map<string, unknown[]>;
  required: Set<string>;
}

interface Walk {
  root: Schema;
  /** The schemas that are being looked at; meeting one again is a recursion. */
  open: Set<Schema>;
  work: SchemaWork;
  /** Whether some of the schema could not be looked at: a recursion, a foreign reference, or too much of it. */
  isPartial: boolean;
}

export function hasRootChoice(schema: Schema): boolean {
  return COMBINATORS.some((keyword) => schema[keyword] !== undefined);
}

/**
 * A schema whose root is a choice, with the choice as a description, over the properties of all its levels.
 * `isPartial` says that there may be more properties than it names.
 */
export function withoutRootChoice(schema: Schema, work: SchemaWork): { schema: Schema; isPartial: boolean } {
  const { anyOf, oneOf, allOf, ...rest } = schema;
  const walk: Walk = { root: schema, open: new Set(), work, isPartial: false };
  const { properties, required } = shapeOf(schema, walk);
  const choice = JSON.stringify({
    ...(anyOf !== undefined && { anyOf }),
    ...(oneOf !== undefined && { oneOf }),
    ...(allOf !== undefined && { allOf }),
  });
  const description = typeof rest['description'] === 'string' ? `${rest['description']} ` : '';
  const whole = {
    ...rest,
    properties: Object.fromEntries(Array.from(properties, ([name, all]) => [name, joined(all, 'allOf', walk)])),
    ...(required.size > 0 && { required: [...required] }),
    description: `${description}(must also match: ${choice})`,
  };
  return { schema: whole, isPartial: walk.isPartial };
}

function shapeOf(schema: Schema, walk: Walk): Shape {
  const shape: Shape = { properties: new Map(), required: new Set() };
  collect(schema, shape, walk);
  return shape;
}

/** Adds what holds of every value that fits the schema. */
function collect(schema: Schema, into: Shape, walk: Walk): void {
  const properties = propertiesOf(schema);
  if (walk.open.has(schema) || walk.open.size > MAX_NESTING || !spend(walk, properties.length)) {
    walk.isPartial = true;
    return;
  }
  walk.open.add(schema);
  const { $ref, allOf, anyOf, oneOf } = schema;
  for (const name of listOf(schema['required'])) if (typeof name === 'string') into.required.add(name);
  if ($ref !== undefined) {
    const target = resolveReference($ref, walk.root)?.schema;
    if (isSchemaObject(target)) collect(target, into, walk);
    else walk.isPartial = true;
  }
  for (const part of new Set(listOf(allOf))) if (isSchemaObject(part)) collect(part, into, walk);
  for (const branches of [anyOf, oneOf]) addEither(branchesOf(branches, walk), into, walk);
  for (const [name, property] of properties) addTo(into, name, property);
  walk.open.delete(schema);
}

/** Adds what holds whichever of the branches fits: each may have its properties, all of them must require one. */
function addEither(branches: readonly Schema[], into: Shape, walk: Walk): void {
  const either = new Map<string, unknown[]>();
  const counts = new Map<string, number>();
  for (const branch of branches) {
    const { properties, required } = shapeOf(branch, walk);
    spend(walk, properties.size + required.size);
    for (const [name, all] of properties) {
      const known = either.get(name) ?? [];
      known.push(joined(all, 'allOf', walk));
      either.set(name, known);
    }
    for (const name of required) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const [name, all] of either) addTo(into, name, joined(all, 'anyOf', walk));
  for (const [name, count] of counts) if (count === branches.length) into.required.add(name);
}

/** Each schema once, however often it is referred to. Branches that no object fits say nothing of one. */
function branchesOf(choice: unknown, walk: Walk): Schema[] {
  const found = new Set<Schema>();
  for (const branch of listOf(choice)) {
    if (!isSchemaObject(branch) || (typeof branch['type'] === 'string' && branch['type'] !== 'object')) continue;
    const isReference = Object.keys(branch).length === 1 && branch['$ref'] !== undefined;
    const target = isReference ? resolveReference(branch['$ref'], walk.root)?.schema : undefined;
    found.add(isSchemaObject(target) ? target : branch);
  }
  return [...found];
}

function addTo({ properties }: Shape, name: string, property: unknown): void {
  const known = properties.get(name);
  if (known) known.push(property);
  else properties.set(name, [property]);
}

/** One schema of several; where they differ, `how` says whether all or any of them hold. */
function joined(schemas: readonly unknown[], how: 'anyOf' | 'allOf', { work }: Walk): unknown {
  const byObject = [...new Set(schemas)];
  if (byObject.length === 1) return byObject[0];
  const size = byObject.reduce<number>((sum, schema) => sum + sizeOf(schema), 0);
  if (!work.spend(Math.ceil(size / STEP_CHARACTERS))) return { [how]: byObject };
  const different = [...new Map(byObject.map((schema) => [JSON.stringify(schema), schema])).values()];
  return different.length === 1 ? different[0] : { [how]: different };
}

function spend({ work }: Walk, properties: number): boolean {
  return work.spend(1 + Math.floor(properties / STEP_PROPERTIES));
}

function propertiesOf({ properties }: Schema): [string, unknown][] {
  return isSchemaObject(properties) ? Object.entries(properties) : [];
}
