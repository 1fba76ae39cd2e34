import * as fc from 'fast-check';
import { isRecord } from '../../../support/claude-shape.ts';

const NAMES = ['a', 'b', 'c', 'toString', '__proto__', 'x/y', 'x~z', 'é'];
const REFERENCES = [
  '#',
  '#/$defs/a',
  '#/$defs/b',
  '#/definitions/a',
  '#/definitions/x~1y',
  '#/definitions/%C3%A9',
  '#/properties/a',
  '#/properties/b',
  '#/anyOf/0',
  '#/%E0%A4%A',
  '#anchor',
  'https://example.com/schema.json',
];
const PATTERNS = [
  '^a+$',
  '[a-z]{2}',
  '^(a|b)c?$',
  'a|b',
  '(?=a)b',
  String.raw`\bword`,
  '(a)\\1',
  '(',
  '^\\d{3}-\\d{2}$',
  'a{2,3}?',
];
const FORMATS = ['date', 'uuid', 'date-time', 'email', 'uri-reference', 'made-up'];
const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'];

const scalar = fc.oneof(
  fc.constantFrom('a', 'b', '', null, true, false),
  fc.integer({ min: -3, max: 3 }),
  fc.constant(1.5),
);
const data = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }), fc.dictionary(fc.constantFrom('a', 'b'), scalar));
const count = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 3 }) }, { weight: 1, arbitrary: data });
const name = fc.constantFrom(...NAMES);

/** A JSON Schema as callers write them: mostly plain, often odd, at times garbage. */
export function arbitrarySchema(): fc.Arbitrary<unknown> {
  const { schema } = fc.letrec((tie) => {
    const child = tie('schema');
    const children = fc.array(child, { minLength: 1, maxLength: 3 });
    const named = fc.dictionary(name, child, { maxKeys: 3 });
    const typed = fc
      .tuple(
        fc.oneof(fc.constantFrom(...TYPES), fc.subarray(TYPES, { minLength: 1, maxLength: 3 }), fc.constant('any')),
        fc.record(
          {
            description: fc.constantFrom('What it is', '', 3),
            title: fc.constant('Title'),
            default: data,
            nullable: fc.boolean(),
            minimum: count,
            exclusiveMaximum: fc.oneof(count, fc.boolean()),
            multipleOf: fc.constantFrom(1, 2),
            minLength: count,
            maxLength: count,
            format: fc.constantFrom(...FORMATS),
            pattern: fc.constantFrom(...PATTERNS),
            minItems: count,
            maxItems: count,
            uniqueItems: fc.boolean(),
            items: fc.oneof(child, children),
            prefixItems: children,
            contains: child,
            enum: fc.array(data, { maxLength: 3 }),
            const: data,
            not: child,
          },
          { requiredKeys: [] },
        ),
        fc.array(
          fc.constantFrom(
            'description',
            'nullable',
            'minimum',
            'minLength',
            'format',
            'pattern',
            'minItems',
            'items',
            'items',
            'enum',
            'const',
            'not',
            'contains',
            'maxItems',
          ),
          { maxLength: 4 },
        ),
      )
      .map(([type, keywords, chosen]) => Object.assign({ type }, pick(keywords, chosen)));
    const object = fc
      .record(
        {
          type: fc.constant('object'),
          properties: named,
          required: fc.array(name, { maxLength: 3 }),
          additionalProperties: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: child }),
          patternProperties: named,
          minProperties: count,
          dependentRequired: fc.constant({ a: ['b'] }),
          anyOf: children,
          allOf: children,
          $defs: named,
        },
        { requiredKeys: ['properties'] },
      )
      .chain((whole) => fc.subarray(Object.keys(whole)).map((keys) => pick(whole, ['type', 'properties', ...keys])));
    const composed = fc.oneof(
      fc.record({ anyOf: children }),
      fc.record({ oneOf: children, description: fc.constant('One') }),
      fc.record({ allOf: children }),
      fc.record({ anyOf: children, oneOf: children, type: fc.constantFrom(...TYPES) }),
      fc.record({ allOf: children, nullable: fc.constant(true) }),
      fc
        .tuple(child, child, child)
        .map((parts) => Object.fromEntries(['if', 'then', 'else'].map((key, index) => [key, parts[index]]))),
      fc.record({ $ref: fc.constantFrom(...REFERENCES) }),
      fc.record({ $ref: fc.constantFrom(...REFERENCES), description: fc.constant('Named'), nullable: fc.boolean() }),
    );
    const garbage = fc.oneof(
      data,
      fc.dictionary(
        fc.constantFrom('type', 'properties', 'required', 'items', 'enum', 'anyOf', '$ref', '$defs', 'description'),
        data,
      ),
    );
    return {
      schema: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        {
          weight: 4,
          arbitrary: fc.constantFrom(
            { type: 'string' },
            { type: 'integer' },
            { type: 'boolean', title: 'Yes or no' },
            { enum: ['a', 'b'] },
            { const: 1 },
          ),
        },
        { weight: 4, arbitrary: typed },
        { weight: 5, arbitrary: object },
        { weight: 3, arbitrary: composed },
        { weight: 1, arbitrary: garbage },
      ),
    };
  });
  const definitions = fc.dictionary(name, schema, { maxKeys: 3 });
  return fc
    .record({ schema, $defs: fc.option(definitions), definitions: fc.option(definitions) })
    .map(({ schema: root, ...definitions }) => {
      const named = Object.entries(definitions).filter(([, group]) => group !== null);
      return isRecord(root) ? Object.assign({}, root, Object.fromEntries(named)) : root;
    });
}

const BY_FORMAT: Record<string, string> = {
  date: '2026-11-22',
  uuid: '00000000-0000-4000-8000-000000000000',
  'date-time': '2026-11-22T12:00:00Z',
  email: 'someone@example.com',
};

/** What Claude may answer under a schema of its dialect; undefined where the tests have no value, as for patterns with formats. */
export function arbitraryAnswer(schema: unknown, root: unknown = schema): fc.Arbitrary<unknown> {
  if (!isRecord(schema)) throw new Error('not a schema of the dialect');
  if (typeof schema['$ref'] === 'string') return arbitraryAnswer(follow(schema['$ref'], root), root);
  if (Array.isArray(schema['anyOf']))
    return fc.oneof(...schema['anyOf'].map((branch) => arbitraryAnswer(branch, root)));
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  return fc.oneof(...[schema['type']].flat().map((type) => answerOf(String(type), schema, root)));
}

function answerOf(type: string, schema: Record<string, unknown>, root: unknown): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], items, minItems = 0, pattern, format } = schema;
  switch (type) {
    case 'object': {
      const entries = Object.entries(properties as object).map(([key, child]) =>
        arbitraryAnswer(child, root).chain((value) =>
          (required as string[]).includes(key)
            ? fc.constant<[string, unknown][]>([[key, value]])
            : fc.constantFrom<[string, unknown][]>([[key, value]], []),
        ),
      );
      return fc.tuple(...entries).map((parts) => Object.fromEntries(parts.flat()));
    }
    case 'array':
      return fc.array(arbitraryAnswer(items, root), { minLength: Number(minItems), maxLength: 3 });
    case 'string':
      if (typeof format === 'string') return fc.constant(BY_FORMAT[format]);
      return typeof pattern === 'string' ? fc.stringMatching(new RegExp(pattern)) : fc.string();
    case 'integer':
      return fc.integer();
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constant(null);
  }
}

function follow(reference: string, root: unknown): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((found, part) => (isRecord(found) ? found[part] : undefined), root);
}

function pick(whole: object, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(whole).filter(([key]) => keys.includes(key)));
}
