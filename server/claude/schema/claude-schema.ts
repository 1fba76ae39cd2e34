import { compileSchema, type CompiledSchema } from './compile-schema.ts';
import { GRAMMAR_LIMITS, grammarCost } from './grammar-cost.ts';
import { isSchemaObject, NotHeldError, own, UnsatisfiableError, type Schema } from './json-schema.ts';
import { isTooDeep } from './nesting.ts';
import { resolveReference } from './resolve-reference.ts';
import { sizeOf } from './schema-size.ts';
import type { SchemaWork } from './schema-work.ts';

/** A schema that Claude's grammars hold, or why none can. */
export type ClaudeSchema =
  | {
      compiled: true;
      schema: Record<string, unknown>;
      /** JSON pointers of the keywords that grammars can't hold and that were put into descriptions. */
      described: string[];
      /** JSON pointers of objects that say that more properties may be there, and that are closed now. */
      closed?: string[];
    }
  | { compiled: false; reason: string };

const MAX_CHARACTERS = 128 * 1024;
const ARGUMENT = /^[a-zA-Z0-9_.-]{1,64}$/;

/**
 * Writes any JSON Schema in the dialect of Claude's structured outputs and strict tools, never throwing. What fits
 * the result fits the original, but for what is in `described` and for values that fit several branches of a `oneOf`.
 * `root: 'object'` is for the input of tools. Without `work` left it says that the schema is too complex.
 */
export function toClaudeSchema(schema: unknown, options: { root: 'object' | 'any' }, work: SchemaWork): ClaudeSchema {
  if (isTooDeep(schema)) return { compiled: false, reason: 'the schema is nested too deeply' };
  if ((JSON.stringify(schema) ?? '').length > MAX_CHARACTERS)
    return { compiled: false, reason: 'the schema is too large' };
  try {
    const compiled = compileSchema(schema, work);
    const whole = withQuoted(withDefinitions(schema, compiled), schema);
    const reason = options.root === 'object' ? (whyNoInput(whole) ?? whyTooComplex(whole)) : whyTooComplex(whole);
    if (reason !== undefined) return { compiled: false, reason };
    const closed = compiled.closed.size > 0 ? { closed: [...compiled.closed] } : {};
    return { compiled: true, schema: whole, described: [...compiled.described], ...closed };
  } catch (error) {
    if (error instanceof NotHeldError) return { compiled: false, reason: error.message };
    if (error instanceof UnsatisfiableError) return { compiled: false, reason: 'no value fits the schema' };
    throw error;
  }
}

function whyNoInput(schema: Schema): string | undefined {
  if (schema.type !== 'object') return 'the root is not an object';
  const names = Object.keys(schema.properties as Schema);
  const unnameable = names.find((name) => !ARGUMENT.test(name));
  return unnameable === undefined ? undefined : `Claude takes no argument named ${JSON.stringify(unnameable)}`;
}

function whyTooComplex(schema: Schema): string | undefined {
  const { optional, unions } = grammarCost(schema);
  if (optional > GRAMMAR_LIMITS.optional) {
    return `the schema is too complex: ${optional} optional properties, at most ${GRAMMAR_LIMITS.optional} compile`;
  }
  if (unions <= GRAMMAR_LIMITS.unions) return undefined;
  return `the schema is too complex: ${unions} choices of types, at most ${GRAMMAR_LIMITS.unions} compile`;
}

/** Maximum characters of the definitions that a description names. */
const MAX_QUOTED = 10_000;
/** Within a JSON text, and within a string of one. */
const NAMED = /(?<!\\)\\*"\$ref\\*":\\*"(#[^"\\]+)\\*"/g;

/** What became words may name definitions that nothing else names: these are put into words too. */
function withQuoted(schema: Schema, root: unknown): Schema {
  const quoted = new Map<string, string>();
  let left = MAX_QUOTED;
  const look = (json: string): void => {
    for (const [, pointer = ''] of json.matchAll(NAMED)) {
      if (quoted.has(pointer) || resolveReference(pointer, schema) !== undefined) continue;
      const named = resolveReference(pointer, root)?.schema;
      if (named === undefined || sizeOf(named) > left) continue;
      const target = JSON.stringify(named);
      left -= target.length;
      quoted.set(pointer, target);
      look(target);
    }
  };
  look(JSON.stringify(schema));
  if (quoted.size === 0) return schema;
  const words = Array.from(quoted, ([pointer, json]) => `${pointer} is ${json}`).join('; ');
  const own = typeof schema.description === 'string' ? `${schema.description} ` : '';
  return { ...schema, description: `${own}(${words})` };
}

/** Puts the definitions that are named back where they stood. */
function withDefinitions(root: unknown, { schema, definitions }: CompiledSchema): Schema {
  const keys = isSchemaObject(root) ? Object.keys(root) : [];
  const groups = ['$defs', 'definitions'].flatMap((group): [string, Schema][] => {
    const named = Object.keys(own(root, group) ?? {}).flatMap((name): [string, Schema][] => {
      const definition = definitions.get(`/${group}/${name}`);
      return definition === undefined ? [] : [[name, definition]];
    });
    return named.length === 0 ? [] : [[group, Object.fromEntries(named)]];
  });
  const entries = [...Object.entries(schema), ...groups];
  const place = (name: string): number => (keys.includes(name) ? keys.indexOf(name) : keys.length);
  return Object.fromEntries(entries.sort(([one], [other]) => place(one) - place(other)));
}
