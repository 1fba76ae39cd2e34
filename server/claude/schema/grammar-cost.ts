import { isSchemaObject } from './json-schema.ts';

/** What Claude's compiler of grammars counts over the strict tools and the answer format of one request. */
export interface GrammarCost {
  /** Properties that may be left out. */
  optional: number;
  /** `anyOf`s and lists of types. */
  unions: number;
}

export const GRAMMAR_LIMITS: Readonly<GrammarCost> = { optional: 24, unions: 16 };

/** The cost of a schema of Claude's dialect; the costs of several add up. */
export function grammarCost(schema: unknown): GrammarCost {
  const cost: GrammarCost = { optional: 0, unions: 0 };
  count(schema, cost);
  return cost;
}

function count(schema: unknown, cost: GrammarCost): void {
  if (!isSchemaObject(schema)) return;
  const { anyOf, type, properties, required, items, $defs, definitions } = schema;
  if (Array.isArray(anyOf) || (Array.isArray(type) && type.length > 1)) cost.unions += 1;
  if (isSchemaObject(properties)) {
    const always = new Set(Array.isArray(required) ? required : []);
    cost.optional += Object.keys(properties).filter((name) => !always.has(name)).length;
  }
  for (const named of [properties, $defs, definitions]) {
    if (isSchemaObject(named)) for (const child of Object.values(named)) count(child, cost);
  }
  for (const child of Array.isArray(anyOf) ? anyOf : []) count(child, cost);
  count(items, cost);
}
