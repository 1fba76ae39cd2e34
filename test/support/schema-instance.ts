import { isRecord } from './claude-shape.ts';

const BY_FORMAT: Record<string, string> = {
  'date-time': '2026-11-22T12:00:00Z',
  date: '2026-11-22',
  time: '12:00:00Z',
  duration: 'PT1H',
  email: 'someone@example.com',
  hostname: 'example.com',
  uri: 'https://example.com/',
  ipv4: '127.0.0.1',
  ipv6: '::1',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** A small JSON value that fits `schema`: required properties only, no regard for `pattern`. */
export function instanceOf(schema: unknown): unknown {
  return build(schema, schema, 0);
}

function build(schema: unknown, root: unknown, depth: number): unknown {
  if (!isRecord(schema) || depth > 20) return null;
  if (typeof schema['$ref'] === 'string') return build(follow(schema['$ref'], root), root, depth + 1);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  for (const union of ['anyOf', 'oneOf'])
    if (Array.isArray(schema[union])) return build(schema[union][0], root, depth + 1);
  if (Array.isArray(schema['allOf'])) return build(merged(schema, schema['allOf']), root, depth + 1);
  return ofType(schema, root, depth);
}

function merged(schema: Record<string, unknown>, parts: unknown[]): Record<string, unknown> {
  const { allOf: _parts, ...own } = schema;
  const all = [own, ...parts.filter(isRecord)];
  const properties = all.map((part) => part['properties']).filter(isRecord);
  return {
    ...Object.fromEntries(all.flatMap((part) => Object.entries(part))),
    ...(properties.length > 0 ? { properties: Object.fromEntries(properties.flatMap(Object.entries)) } : {}),
    required: all.flatMap((part) => part['required'] ?? []),
  };
}

function ofType(schema: Record<string, unknown>, root: unknown, depth: number): unknown {
  switch ([schema['type']].flat()[0] ?? (isRecord(schema['properties']) ? 'object' : 'null')) {
    case 'object':
      return ofObject(schema, root, depth);
    case 'array':
      return Array.from({ length: Number(schema['minItems'] ?? 0) }, () => build(schema['items'], root, depth + 1));
    case 'string':
      return (BY_FORMAT[String(schema['format'])] ?? 'text')
        .padEnd(Number(schema['minLength'] ?? 0), 'x')
        .slice(0, Number(schema['maxLength'] ?? 1_000_000));
    case 'integer':
    case 'number':
      return ofNumber(schema);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

function ofObject(schema: Record<string, unknown>, root: unknown, depth: number): Record<string, unknown> {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  return Object.fromEntries(required.map((name) => [name, build(properties[name], root, depth + 1)]));
}

function ofNumber(schema: Record<string, unknown>): number {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = schema as Record<string, number>;
  if (minimum !== undefined) return multipleOf ? Math.ceil(minimum / multipleOf) * multipleOf : minimum;
  if (exclusiveMinimum !== undefined) return exclusiveMinimum + (multipleOf ?? 1);
  if (maximum !== undefined) return Math.min(maximum, 0);
  return exclusiveMaximum === undefined ? 0 : Math.min(exclusiveMaximum - (multipleOf ?? 1), 0);
}

function follow(reference: string, root: unknown): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((found, part) => (isRecord(found) ? found[part] : undefined), root);
}
