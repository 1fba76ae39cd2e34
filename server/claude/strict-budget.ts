import { isSchemaObject } from './valid-schema.ts';

/** What Claude compiles for one request, over all its strict tools and its output format. */
const MOST_STRICT_TOOLS = 20;
const MOST_OPTIONAL = 24;
const MOST_UNIONS = 16;

/** Keeps a request within what Claude compiles: schemas that no longer fit are sent without the guarantee. */
export class StrictBudget {
  #tools = 0;
  #optional = 0;
  #unions = 0;

  /** Whether the schema still fits; if so it is counted. */
  take(schema: unknown, kind: 'tool' | 'format'): boolean {
    const cost = costOf(schema);
    const tools = this.#tools + (kind === 'tool' ? 1 : 0);
    const optional = this.#optional + cost.optional;
    const unions = this.#unions + cost.unions;
    if (tools > MOST_STRICT_TOOLS || optional > MOST_OPTIONAL || unions > MOST_UNIONS) return false;
    this.#tools = tools;
    this.#optional = optional;
    this.#unions = unions;
    return true;
  }
}

function costOf(node: unknown): { optional: number; unions: number } {
  const cost = { optional: 0, unions: 0 };
  const add = (child: unknown): void => {
    const { optional, unions } = costOf(child);
    cost.optional += optional;
    cost.unions += unions;
  };
  if (!isSchemaObject(node)) return cost;
  if (node['anyOf'] !== undefined || Array.isArray(node['type'])) cost.unions += 1;
  for (const keyword of ['properties', '$defs', 'definitions']) {
    const named = node[keyword];
    if (!isSchemaObject(named)) continue;
    if (keyword === 'properties') {
      const required: readonly unknown[] = Array.isArray(node['required']) ? node['required'] : [];
      cost.optional += Object.keys(named).filter((name) => !required.includes(name)).length;
    }
    Object.values(named).forEach(add);
  }
  for (const keyword of ['anyOf', 'allOf']) if (Array.isArray(node[keyword])) node[keyword].forEach(add);
  add(node['items']);
  return cost;
}
