import { GRAMMAR_LIMITS, grammarCost } from '../schema/grammar-cost.ts';
import { SchemaWork } from '../schema/schema-work.ts';

const MAX_STRICT_TOOLS = 20;

/** Keeps a request within what Claude compiles: schemas that no longer fit are sent without the guarantee. */
export class StrictBudget {
  readonly work = new SchemaWork();
  #tools = 0;
  #optional = 0;
  #unions = 0;

  /** Whether the schema still fits; if so it is counted. */
  take(schema: unknown, kind: 'tool' | 'format'): boolean {
    const cost = grammarCost(schema);
    const tools = this.#tools + (kind === 'tool' ? 1 : 0);
    const optional = this.#optional + cost.optional;
    const unions = this.#unions + cost.unions;
    if (tools > MAX_STRICT_TOOLS || optional > GRAMMAR_LIMITS.optional || unions > GRAMMAR_LIMITS.unions) return false;
    this.#tools = tools;
    this.#optional = optional;
    this.#unions = unions;
    return true;
  }
}
