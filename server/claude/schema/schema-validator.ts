import type { Options, ValidateFunction } from 'ajv';
import { unionOfNull } from './flatten-schema.ts';
import { isSchemaObject } from './json-schema.ts';

/** Compiles a JSON Schema; undefined when it is not one. */
export type CompileValidator = (schema: unknown) => ValidateFunction | undefined;

const OPTIONS: Options = {
  strict: false,
  allErrors: true,
  // Else a definition is written into the code wherever it is referred to.
  inlineRefs: false,
  validateFormats: true,
  // Else a property named toString is taken for present in every object.
  ownProperties: true,
  logger: false,
  // Callers' patterns often escape what the `u` flag forbids to escape, such as `\-`.
  unicodeRegExp: false,
};
const DATA = new Set(['enum', 'const', 'default', 'examples', 'example']);
const OLD_DRAFT = /draft-0[3-7]/;

let loading: Promise<CompileValidator> | undefined;

/** Loads the validators on first use: starting the server and most requests do without them. */
export function loadValidator(): Promise<CompileValidator> {
  loading ??= load();
  return loading;
}

async function load(): Promise<CompileValidator> {
  const [{ Ajv }, { Ajv2020 }, { default: addFormats }] = await Promise.all([
    import('ajv'),
    import('ajv/dist/2020.js'),
    import('ajv-formats'),
  ]);
  // Each compiles the schema of schemas, which takes longer than any of a caller's.
  const judges = [new Ajv2020(OPTIONS), new Ajv(OPTIONS)] as const;
  return (schema) => {
    const dialects = [
      { Dialect: Ajv2020, judge: judges[0] },
      { Dialect: Ajv, judge: judges[1] },
    ];
    if (isSchemaObject(schema) && typeof schema.$schema === 'string' && OLD_DRAFT.test(schema.$schema))
      dialects.reverse();
    const plain = withoutDialect(schema);
    for (const { Dialect, judge } of dialects) {
      try {
        if (judge.validateSchema(plain) !== true) continue;
        // A fresh instance each: they keep every schema and every $id that they were given.
        const ajv = new Dialect({ ...OPTIONS, validateSchema: false });
        addFormats.default(ajv);
        return ajv.compile(plain);
      } catch {
        // Not a schema of this draft.
      }
    }
    return undefined;
  };
}

function withoutDialect(schema: unknown): object | boolean {
  const rewritten = withNull(schema);
  if (!isSchemaObject(rewritten)) return rewritten as boolean;
  const { $schema: _dialect, $async: _async, ...rest } = rewritten;
  return rest;
}

function withNull(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withNull);
  if (!isSchemaObject(schema)) return schema;
  const entries = Object.entries(unionOfNull(schema));
  return Object.fromEntries(entries.map(([name, value]) => [name, DATA.has(name) ? value : withNull(value)]));
}
