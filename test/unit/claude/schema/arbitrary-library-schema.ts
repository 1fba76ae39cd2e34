import * as fc from 'fast-check';

/** A schema as a library or a server writes it, and a value that fits it. */
export interface LibrarySample {
  style: string;
  schema: Record<string, unknown>;
  value: unknown;
}

type Json = Record<string, unknown>;
type Nat = (max: number) => number;

interface Node {
  schema: Json;
  value: unknown;
}

/** One schema: definitions are collected while it is built. */
class Sketch {
  readonly nat: Nat;
  readonly definitions: Json = {};
  readonly group: '$defs' | 'definitions';

  constructor(nat: Nat, group: '$defs' | 'definitions' = '$defs') {
    this.nat = nat;
    this.group = group;
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.nat(choices.length - 1)]!;
  }

  define(name: string, make: () => Node): Node {
    const key = `${name}${Object.keys(this.definitions).length}`;
    this.definitions[key] = {};
    const { schema, value } = make();
    this.definitions[key] = schema;
    return { schema: { $ref: `#/${this.group}/${key}` }, value };
  }

  fields(names: readonly string[], make: () => Node): { properties: Json; required: string[]; value: Json } {
    const chosen = names.filter(() => this.nat(2) > 0);
    const entries = chosen.map((name): [string, Node] => [name, make()]);
    const required = chosen.filter(() => this.nat(2) > 0);
    return {
      properties: Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
      required,
      value: Object.fromEntries(
        entries
          .filter(([name]) => required.includes(name) || this.nat(1) > 0)
          .map(([name, { value }]) => [name, value]),
      ),
    };
  }

  whole({ schema, value }: Node, style: string): LibrarySample {
    const named = Object.keys(this.definitions).length > 0 ? { [this.group]: this.definitions } : {};
    return { style, schema: { ...named, ...schema }, value };
  }
}

function pydanticNode(sketch: Sketch, depth: number): Node {
  const child = (): Node => pydanticNode(sketch, depth - 1);
  const leaves: (() => Node)[] = [
    () => ({ schema: { title: 'Name', type: 'string', minLength: 1, maxLength: 40 }, value: 'Ada' }),
    () => ({ schema: { exclusiveMinimum: 0, maximum: 100, title: 'Age', type: 'integer' }, value: 36 }),
    () => ({ schema: { const: 'cat', title: 'Kind', type: 'string' }, value: 'cat' }),
    () => ({ schema: { default: true, title: 'On', type: 'boolean' }, value: false }),
    () => ({ schema: { format: 'date-time', title: 'At', type: 'string' }, value: '2026-11-22T12:00:00Z' }),
    () => ({
      schema: { anyOf: [{ type: 'number' }, { pattern: String.raw`^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$`, type: 'string' }] },
      value: '1.50',
    }),
    () =>
      sketch.define('Color', () => ({
        schema: { enum: ['red', 'blue'], title: 'Color', type: 'string' },
        value: 'red',
      })),
  ];
  const nested: (() => Node)[] = [
    () => pydanticModel(sketch, depth - 1),
    () => sketch.define('Model', () => pydanticModel(sketch, depth - 1)),
    () => {
      const { schema, value } = child();
      return {
        schema: { anyOf: [schema, { type: 'null' }], default: null, title: 'Maybe' },
        value: sketch.oneOf([value, null]),
      };
    },
    () => {
      const { schema, value } = child();
      return { schema: { items: schema, title: 'List', type: 'array' }, value: [value] };
    },
    () => {
      const { schema, value } = child();
      return { schema: { additionalProperties: schema, title: 'Map', type: 'object' }, value: { any: value } };
    },
    () => pydanticUnion(sketch),
  ];
  return sketch.oneOf(depth > 0 ? [...leaves, ...nested, ...nested] : leaves)();
}

function pydanticModel(sketch: Sketch, depth: number): Node {
  const { properties, required, value } = sketch.fields(['id', 'name', 'tags', 'owner'], () =>
    pydanticNode(sketch, depth),
  );
  return { schema: { properties, ...(required.length > 0 && { required }), title: 'Model', type: 'object' }, value };
}

/** A union that is told apart by a field. */
function pydanticUnion(sketch: Sketch): Node {
  const animal = (kind: string): Node =>
    sketch.define(kind, () => ({
      schema: {
        properties: { kind: { const: kind, title: 'Kind', type: 'string' }, age: { title: 'Age', type: 'integer' } },
        required: ['kind', 'age'],
        title: kind,
        type: 'object',
      },
      value: { kind, age: 3 },
    }));
  const [cat, dog] = [animal('cat'), animal('dog')];
  const mapping = { cat: cat.schema['$ref'], dog: dog.schema['$ref'] };
  return {
    schema: { discriminator: { mapping, propertyName: 'kind' }, oneOf: [cat.schema, dog.schema], title: 'Pet' },
    value: sketch.oneOf([cat.value, dog.value]),
  };
}

function zodNode(sketch: Sketch, depth: number): Node {
  const child = (): Node => zodNode(sketch, depth - 1);
  const leaves: (() => Node)[] = [
    () => ({ schema: { type: 'string', minLength: 2 }, value: 'abc' }),
    () => ({
      schema: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
      value: 7,
    }),
    () => ({ schema: { type: 'integer', exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER }, value: 7 }),
    () => ({
      schema: {
        type: 'string',
        format: 'email',
        pattern: String.raw`^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$`,
      },
      value: 'ada@example.com',
    }),
    () => ({ schema: { type: 'string', format: 'uuid' }, value: '00000000-0000-4000-8000-000000000000' }),
    () => ({ schema: { type: 'string', const: 'yes' }, value: 'yes' }),
    () => ({ schema: { type: 'string', enum: ['a', 'b'], description: 'One of them' }, value: 'b' }),
    () => ({ schema: { default: 5, type: 'number' }, value: 1.5 }),
  ];
  const nested: (() => Node)[] = [
    () => zodObject(sketch, depth - 1),
    () => {
      const [one, other] = [child(), child()];
      return { schema: { type: 'array', prefixItems: [one.schema, other.schema] }, value: [one.value, other.value] };
    },
    () => {
      const { schema, value } = child();
      return {
        schema: { type: 'object', propertyNames: { type: 'string' }, additionalProperties: schema },
        value: { k: value },
      };
    },
    () => {
      const { schema, value } = child();
      return { schema: { anyOf: [schema, { type: 'null' }] }, value };
    },
    () => {
      const { schema, value } = child();
      return { schema: { type: 'array', items: schema, maxItems: 3 }, value: [value, value] };
    },
  ];
  return sketch.oneOf(depth > 0 ? [...leaves, ...nested, ...nested] : leaves)();
}

function zodObject(sketch: Sketch, depth: number): Node {
  const { properties, required, value } = sketch.fields(['city', 'unit', 'days', 'options'], () =>
    zodNode(sketch, depth),
  );
  return {
    schema: { type: 'object', properties, ...(required.length > 0 && { required }), additionalProperties: false },
    value,
  };
}

function toolNode(sketch: Sketch, depth: number): Node {
  const child = (): Node => toolNode(sketch, depth - 1);
  const leaves: (() => Node)[] = [
    () => ({ schema: { type: 'string', description: 'Free text' }, value: 'x' }),
    () => ({ schema: { type: ['string', 'null'], enum: ['asc', 'desc', null] }, value: null }),
    () => ({ schema: { enum: ['low', 'high', null] }, value: 'low' }),
    () => ({ schema: { type: 'object' }, value: { anything: [1] } }),
    () => ({ schema: {}, value: 12 }),
    () => ({ schema: { type: 'object', additionalProperties: true, description: 'Filters' }, value: { a: 1 } }),
    () => ({
      schema: {
        oneOf: [
          { const: 1, title: 'One' },
          { const: 2, title: 'Two' },
        ],
      },
      value: 2,
    }),
    () => ({ schema: { type: 'number', minimum: 0, maximum: 1, default: 0.5 }, value: 0.25 }),
  ];
  const nested: (() => Node)[] = [
    () => toolObject(sketch, depth - 1),
    () => {
      const { schema, value } = child();
      return {
        schema: { type: 'array', items: { type: 'array', items: { type: 'array', items: schema } }, minItems: 1 },
        value: [[[value]]],
      };
    },
    () => {
      const [one, other] = [child(), child()];
      return {
        schema: { anyOf: [one.schema, other.schema], description: 'Either' },
        value: sketch.oneOf([one, other]).value,
      };
    },
  ];
  return sketch.oneOf(depth > 0 ? [...leaves, ...nested, ...nested] : leaves)();
}

function toolObject(sketch: Sketch, depth: number): Node {
  const names = ['$top', '$filter', '@odata.type', 'page size', 'query', 'owner'];
  const { properties, required, value } = sketch.fields(names, () => toolNode(sketch, depth));
  // Some servers list a name twice.
  const doubled = sketch.nat(3) === 0 ? [...required, ...required] : required;
  return { schema: { type: 'object', properties, required: doubled }, value };
}

function benchNode(sketch: Sketch, depth: number): Node {
  const child = (): Node => benchNode(sketch, depth - 1);
  const leaves: (() => Node)[] = [
    () => ({ schema: { type: 'string', pattern: '^[A-Z]{2,3}$' }, value: 'NO' }),
    () => ({ schema: { type: 'string', format: sketch.oneOf(['date', 'uri', 'ipv4']) }, value: 'none' }),
    () => ({ schema: { type: 'number', multipleOf: 0.5 }, value: 2.5 }),
    () => ({ schema: { type: 'integer', minimum: 1, not: { enum: [13] } }, value: 12 }),
    () => ({ schema: { type: 'string', not: { pattern: '^x' } }, value: 'y' }),
    () => ({ schema: { type: 'array', items: { type: 'integer' }, minItems: 2, uniqueItems: true }, value: [1, 2] }),
    () => ({ schema: { type: ['integer', 'boolean'] }, value: true }),
  ];
  const nested: (() => Node)[] = [
    () => benchObject(sketch, depth - 1),
    () => sketch.define('thing', () => benchObject(sketch, depth - 1)),
    () => {
      const { schema, value } = child();
      return {
        schema: { type: 'object', patternProperties: { '^x-': schema }, additionalProperties: false },
        value: { 'x-a': value },
      };
    },
    () => {
      const { schema, value } = child();
      return { schema: { allOf: [schema, { description: 'And more' }] }, value };
    },
    () => {
      const { schema, value } = child();
      return { schema: { type: 'array', items: schema, minItems: 2, maxItems: 4 }, value: [value, value] };
    },
  ];
  return sketch.oneOf(depth > 0 ? [...leaves, ...nested, ...nested] : leaves)();
}

function benchObject(sketch: Sketch, depth: number): Node {
  const { properties, required, value } = sketch.fields(['a', 'b', 'c'], () => benchNode(sketch, depth));
  const extras: Json[] = [
    {},
    { dependentRequired: { a: Object.keys(value) } },
    { minProperties: Object.keys(value).length },
    { if: { required: ['a'] }, then: { properties: { zzz: false } }, else: { required: [] } },
    { additionalProperties: false },
    { not: { required: ['never'] } },
  ];
  return { schema: { type: 'object', properties, required, ...sketch.oneOf(extras) }, value };
}

const DIALECT = { $schema: 'https://json-schema.org/draft/2020-12/schema' };
const STYLES: readonly ((nat: Nat) => LibrarySample)[] = [
  (nat) => {
    const sketch = new Sketch(nat);
    return sketch.whole(pydanticModel(sketch, 3), 'pydantic');
  },
  (nat) => {
    const sketch = new Sketch(nat);
    const { schema, value } = zodObject(sketch, 3);
    return sketch.whole({ schema: { ...DIALECT, ...schema }, value }, 'zod');
  },
  (nat) => {
    const sketch = new Sketch(nat);
    return sketch.whole(toolObject(sketch, 3), 'a tool server');
  },
  (nat) => {
    const sketch = new Sketch(nat, nat(1) === 0 ? '$defs' : 'definitions');
    return sketch.whole(benchObject(sketch, 3), 'found in the wild');
  },
];

/** Schemas in the styles of pydantic, zod, tools of MCP servers, and of what is found on the web. */
export function arbitraryLibrarySchema(): fc.Arbitrary<LibrarySample> {
  return fc.gen().map((draw) => {
    const nat: Nat = (max) => draw(fc.nat, max);
    return STYLES[nat(STYLES.length - 1)]!(nat);
  });
}

const JUNK: readonly unknown[] = [null, 'x', '', 0, -1, 1.25, true, [], {}, ['x'], 13];

/** The value with something in it replaced or left out, or with `adds` a property added. */
export function arbitraryChange(value: unknown, { adds }: { adds: boolean }): fc.Arbitrary<unknown> {
  const junk = adds ? [...JUNK, { zzz: 1 }] : JUNK;
  return fc.gen().map((draw) => changed(value, junk, (max) => draw(fc.nat, max)));
}

function changed(value: unknown, junk: readonly unknown[], nat: Nat): unknown {
  const isList = Array.isArray(value);
  if (typeof value !== 'object' || value === null || nat(4) === 0) return junk[nat(junk.length - 1)];
  const entries = Object.entries(value);
  const at = nat(entries.length);
  if (at === entries.length)
    return isList ? [...value, junk[nat(junk.length - 1)]] : junk.length > JUNK.length ? { ...value, zzz: 1 } : {};
  const [name, entry] = entries[at]!;
  const rest = entries.filter(([other]) => other !== name);
  if (nat(3) > 0) rest.splice(at, 0, [name, changed(entry, junk, nat)]);
  return isList ? rest.map(([, one]) => one) : Object.fromEntries(rest);
}
