import type Anthropic from '@anthropic-ai/sdk';
import { TrestleError } from '../../shared/error.ts';
import type { FunctionDefinition } from '../../shared/tool.ts';
import { toClaudeSchema } from './claude-schema.ts';
import { refuseUnwalkable } from './nesting.ts';
import type { Notices } from './notices.ts';
import type { StrictBudget } from './strict-budget.ts';
import { isSchemaObject, type Schema } from './json-schema.ts';
import { listOf } from './merge-schemas.ts';
import { resolveReference } from './resolve-reference.ts';
import { toValidSchema } from './valid-schema.ts';

type InputSchema = Anthropic.Tool.InputSchema;

const PROPERTY_NAME = /^[a-zA-Z0-9_.-]{1,64}$/;
const COMBINATORS = ['anyOf', 'oneOf', 'allOf'] as const;

/**
 * A function's parameters as Claude's input schema, byte for byte where Claude takes them as they are.
 * A strict one that Claude can't hold to is sent without the guarantee, with a notice. Throws a 400 that names the field.
 */
export function toInputSchema(
  definition: FunctionDefinition,
  path: string,
  budget: StrictBudget,
  notices: Notices,
): { schema: InputSchema; strict: boolean } {
  const param = `${path}.parameters`;
  const schema = toObjectSchema(definition.parameters ?? {}, param, notices);
  if (!definition.strict) return { schema, strict: false };
  // A tool without arguments is closed by saying so.
  const empty = isSchemaObject(schema.properties) && Object.keys(schema.properties).length === 0;
  const compiled = toClaudeSchema(empty ? { ...schema, additionalProperties: false } : schema, { root: 'object' });
  if (compiled.compiled && budget.take(compiled.schema, 'tool')) {
    if (compiled.described.length > 0) {
      notices.add(
        `${path}.strict`,
        'emulated',
        `Claude is told of ${compiled.described.join(', ')}, but is not held to it`,
      );
    }
    return { schema: compiled.schema as InputSchema, strict: true };
  }
  const reason = compiled.compiled ? 'the request has more strict schemas than Claude compiles' : compiled.reason;
  notices.add(`${path}.strict`, 'ignored', `Claude can't be held to this schema: ${reason}`);
  return { schema, strict: false };
}

/** Claude takes an object at the root, in draft 2020-12, without a choice of schemas there. */
function toObjectSchema(parameters: Record<string, unknown>, param: string, notices: Notices): InputSchema {
  if (Object.keys(parameters).length === 0) return { type: 'object', properties: {} };
  refuseUnwalkable(parameters, param);
  const left: string[] = [];
  let schema = toValidSchema(parameters, left);
  if (left.length > 0) {
    notices.add(
      param,
      'emulated',
      `not valid in JSON Schema 2020-12, which Claude reads, and left out or rewritten: ${left.join(', ')}`,
    );
  }
  const { type } = schema;
  if (type !== 'object') {
    if (type !== undefined && !(Array.isArray(type) && type.includes('object'))) {
      throw new TrestleError('invalid_value', "The parameters of a function must be of type 'object'", { param });
    }
    schema = { type: 'object', ...schema, ...(type !== undefined && { type: 'object' }) };
  }
  if (COMBINATORS.some((keyword) => schema[keyword] !== undefined)) {
    schema = withoutRootChoice(schema);
    notices.add(param, 'emulated', 'Claude takes no anyOf, oneOf or allOf at the root; it is told of them');
  }
  const odd = isSchemaObject(schema['properties'])
    ? Object.keys(schema['properties']).find((name) => !PROPERTY_NAME.test(name))
    : undefined;
  if (odd !== undefined) {
    throw new TrestleError(
      'invalid_value',
      `Claude takes parameter names of 1 to 64 letters, digits, '_', '.' and '-'; '${odd}' is not`,
      { param },
    );
  }
  return schema as InputSchema;
}

/** The choice as a description, over the properties of all its branches. */
function withoutRootChoice(schema: Schema): Schema {
  const { anyOf, oneOf, allOf, ...rest } = schema;
  const parts = [
    ...[anyOf, oneOf].map((branches) => either(branchesOf(branches, schema))),
    ...branchesOf(allOf, schema),
  ];
  const properties = new Map([...join(parts, 'allOf'), ...propertiesOf(rest)]);
  const required = [...new Set([rest, ...parts].flatMap((part) => listOf(part['required'])))];
  const choice = JSON.stringify({
    ...(anyOf !== undefined && { anyOf }),
    ...(oneOf !== undefined && { oneOf }),
    ...(allOf !== undefined && { allOf }),
  });
  const description = typeof rest['description'] === 'string' ? `${rest['description']} ` : '';
  return {
    ...rest,
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    description: `${description}(must also match: ${choice})`,
  };
}

/** What holds of every branch of a choice. */
function either(branches: readonly Schema[]): Schema {
  const [first, ...others] = branches.map((branch) => listOf(branch['required']));
  const required = (first ?? []).filter((name) => others.every((names) => names.includes(name)));
  return { properties: Object.fromEntries(join(branches, 'anyOf')), required };
}

/** The properties of several schemas; where they differ in one, `how` says whether all or any of them hold. */
function join(schemas: readonly Schema[], how: 'anyOf' | 'allOf'): Map<string, unknown> {
  const found = new Map<string, Map<string, unknown>>();
  for (const [name, property] of schemas.flatMap(propertiesOf)) {
    const known = found.get(name) ?? new Map<string, unknown>();
    found.set(name, known.set(JSON.stringify(property), property));
  }
  return new Map(
    Array.from(found, ([name, known]) => {
      const different = [...known.values()];
      return [name, different.length === 1 ? different[0] : { [how]: different }];
    }),
  );
}

function branchesOf(choice: unknown, root: Schema): Schema[] {
  return listOf(choice)
    .filter(isSchemaObject)
    .map((branch) => Object.assign({}, resolveReference(branch['$ref'], root)?.schema, branch));
}

function propertiesOf({ properties }: Schema): [string, unknown][] {
  return isSchemaObject(properties) ? Object.entries(properties) : [];
}
