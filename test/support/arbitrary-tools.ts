import * as fc from 'fast-check';
import { arbitrarySchema } from '../unit/claude/schema/arbitrary-schema.ts';
import { marked } from './arbitrary-marks.ts';
import type { RequestFeature } from './arbitrary-request.ts';
import { anyText } from './arbitrary-text.ts';
import { isRecord } from './claude-shape.ts';

const NAMES = [
  'get_weather',
  'lookup',
  'A-1',
  'json',
  'answer',
  'web_search',
  'functions_lookup',
  'toString',
  '__proto__',
  'x'.repeat(64),
];

const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });

/** A JSON Schema that is an object, as the contract's own schema asks. */
export const schemaObject: fc.Arbitrary<Record<string, unknown>> = arbitrarySchema().filter(isRecord);

/** As tools are mostly declared: an object at the root. */
const parameters: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: schemaObject },
  { weight: 4, arbitrary: schemaObject.map((schema): Record<string, unknown> => ({ ...schema, type: 'object' })) },
);

type Named = { name: string };

function definition(name: string): fc.Arbitrary<Named> {
  return fc.record(
    {
      name: fc.constant(name),
      description: nullable(anyText),
      parameters: nullable(parameters),
      strict: nullable(fc.boolean()),
    },
    { requiredKeys: ['name'] },
  );
}

function customTool(name: string): fc.Arbitrary<Named> {
  const format = fc.constantFrom(
    { type: 'text' },
    { type: 'grammar', grammar: { syntax: 'regex', definition: '^a+$' } },
    { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } },
  );
  return fc.record(
    { name: fc.constant(name), description: nullable(anyText), format: nullable(format) },
    { requiredKeys: ['name'] },
  );
}

type DeclaredTool = { type: 'function'; function: Named } | { type: 'custom'; custom: Named };

function tool(name: string): fc.Arbitrary<DeclaredTool> {
  return marked(
    fc.oneof(
      {
        weight: 4,
        arbitrary: definition(name).map((inner) => ({ type: 'function' as const, function: inner })),
      },
      { weight: 1, arbitrary: customTool(name).map((inner) => ({ type: 'custom' as const, custom: inner })) },
    ),
  );
}

function reference(declared: DeclaredTool): DeclaredTool {
  return declared.type === 'function'
    ? { type: 'function', function: { name: declared.function.name } }
    : { type: 'custom', custom: { name: declared.custom.name } };
}

function choiceOf(tools: DeclaredTool[]): fc.Arbitrary<unknown> {
  const free = fc.constantFrom('none', 'auto', null);
  if (tools.length === 0) return free;
  const references = tools.map(reference);
  return fc.oneof(
    free,
    fc.constant('required'),
    fc.constantFrom(...references),
    fc
      .record({ mode: fc.constantFrom('auto', 'required'), tools: fc.subarray(references, { minLength: 1 }) })
      .map((allowed) => ({ type: 'allowed_tools', allowed_tools: allowed })),
  );
}

const someNames = fc.subarray(NAMES, { maxLength: 4 });

const withTools = someNames
  .chain((names) => fc.tuple(...names.map(tool)))
  .chain((tools) =>
    fc.record(
      { tools: fc.constant(tools), tool_choice: choiceOf(tools), parallel_tool_calls: nullable(fc.boolean()) },
      { requiredKeys: ['tools'] },
    ),
  );

const withFunctions = fc
  .subarray(NAMES, { minLength: 1, maxLength: 3 })
  .chain((names) => fc.tuple(...names.map(definition)))
  .chain((functions) =>
    fc.record(
      {
        tools: fc.constantFrom(null, []),
        functions: fc.constant(functions),
        function_call: fc.oneof(
          fc.constantFrom('none', 'auto', null),
          fc.constantFrom(...functions.map(({ name }) => ({ name }))),
        ),
      },
      { requiredKeys: ['tools', 'functions'] },
    ),
  );

/** Tools of each kind, the older `functions`, and every form of choice among them. */
export const TOOLS: RequestFeature = {
  together: fc.oneof({ weight: 4, arbitrary: withTools }, { weight: 1, arbitrary: withFunctions }),
};
