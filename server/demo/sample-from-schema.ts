type Schema = Record<string, unknown>;

const MAX_DEPTH = 8;
const MAX_SCHEMAS = 200;

const FORMATS: Record<string, string> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'P1D',
  email: 'user@example.com',
  hostname: 'example.com',
  uri: 'https://example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/**
 * The smallest instance of a JSON Schema: required properties alone, the first of every choice. Patterns, `not` and
 * conditions are not looked at; what lies too deep, or comes after too much, is null.
 */
export function sampleFromSchema(root: unknown): unknown {
  let schemasLeft = MAX_SCHEMAS;

  function sample(unresolved: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH || schemasLeft < 0) return null;
    const schema = flatten(unresolved, 0);
    for (const key of ['const', 'default']) if (key in schema && !('enum' in schema)) return schema[key];
    const [listed] = [...listOf(schema.enum), ...listOf(schema.examples)];
    if (listed !== undefined) return listed;

    switch (typeOf(schema)) {
      case 'object': {
        const names = [...new Set(listOf(schema.required).map(String))];
        return Object.fromEntries(names.map((name) => [name, sample(own(schema.properties, name), depth + 1)]));
      }
      case 'array': {
        const items: unknown[] = [];
        for (let count = numberOr(schema.minItems, 0); count > 0 && schemasLeft > 0; count -= 1) {
          items.push(sample(schema.items, depth + 1));
        }
        return items;
      }
      case 'number':
      case 'integer':
        return sampleNumber(schema);
      case 'boolean':
        return true;
      case 'null':
        return null;
      default:
        return sampleString(schema);
    }
  }

  /** The schema with its reference, its `allOf` and the first branch of its choices merged into one. */
  function flatten(unresolved: unknown, references: number): Schema {
    if (!isSchema(unresolved) || references > MAX_DEPTH || schemasLeft < 0) return {};
    schemasLeft -= 1;
    const { $ref, allOf, anyOf, oneOf, ...rest } = unresolved;
    const parts = [resolve(root, $ref), ...listOf(allOf), listOf(anyOf)[0], listOf(oneOf)[0]].filter(isSchema);
    let merged: Schema = rest;
    for (const part of parts) {
      const other = flatten(part, references + 1);
      const properties = Object.assign({}, other.properties, merged.properties);
      const required = [...listOf(merged.required), ...listOf(other.required)];
      merged = Object.assign(other, merged, { properties, required });
    }
    return merged;
  }

  return sample(root, 0);
}

function resolve(root: unknown, reference: unknown): unknown {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined;
  const keys = reference.split('/').slice(1);
  return keys.reduce((value, key) => own(value, key.replaceAll('~1', '/').replaceAll('~0', '~')), root);
}

function typeOf(schema: Schema): unknown {
  if (schema.type !== undefined) return Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if ('items' in schema) return 'array';
  return listOf(schema.required).length > 0 ? 'object' : 'string';
}

function sampleNumber(schema: Schema): number {
  const lowest = Math.max(numberOr(schema.minimum, -Infinity), numberOr(schema.exclusiveMinimum, -Infinity) + 1);
  const highest = Math.min(numberOr(schema.maximum, Infinity), numberOr(schema.exclusiveMaximum, Infinity) - 1);
  return Math.min(Math.max(0, lowest), highest);
}

function sampleString(schema: Schema): string {
  const format = own(FORMATS, String(schema.format));
  if (typeof format === 'string') return format;
  const length = Math.min(numberOr(schema.minLength, 0), 1000);
  return 'example'.padEnd(length, '.').slice(0, numberOr(schema.maxLength, Infinity));
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}

function own(value: unknown, key: string): unknown {
  return isSchema(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
