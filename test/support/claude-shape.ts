import { refuse } from './claude-refusal.ts';

/** Refuses `value` in the wording of the real validator; `path` is where it stands in the body. */
export type Check = (value: unknown, path: string) => void;

interface TextLimits {
  min?: number;
  max?: number;
  pattern?: RegExp;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(path: string, key: string | number): string {
  return path === '' ? String(key) : `${path}.${key}`;
}

function plural(count: number): string {
  return count === 1 ? '1 character' : `${count} characters`;
}

export function anything(): Check {
  return () => undefined;
}

export function text(limits: TextLimits = {}): Check {
  const { min, max, pattern } = limits;
  return (value, path) => {
    if (typeof value !== 'string') refuse(`${path}: Input should be a valid string`);
    if (min !== undefined && value.length < min) refuse(`${path}: String should have at least ${plural(min)}`);
    if (max !== undefined && value.length > max) refuse(`${path}: String should have at most ${plural(max)}`);
    if (pattern !== undefined && !pattern.test(value))
      refuse(`${path}: String should match pattern '${pattern.source}'`);
  };
}

export function flag(): Check {
  return (value, path) => {
    if (typeof value !== 'boolean') refuse(`${path}: Input should be a valid boolean`);
  };
}

export function decimal(min = -Infinity, max = Infinity): Check {
  return (value, path) => {
    if (typeof value !== 'number') refuse(`${path}: Input should be a valid number`);
    if (value < min) refuse(`${path}: Input should be greater than or equal to ${min}`);
    if (value > max) refuse(`${path}: Input should be less than or equal to ${max}`);
  };
}

export function integer(min = -Infinity, max = Infinity): Check {
  const inRange = decimal(min, max);
  return (value, path) => {
    if (!Number.isInteger(value)) refuse(`${path}: Input should be a valid integer`);
    inRange(value, path);
  };
}

export function oneOf(...values: readonly string[]): Check {
  const quoted = values.map((value) => `'${value}'`);
  const list = quoted.length > 1 ? `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}` : quoted.join('');
  return (value, path) => {
    if (typeof value !== 'string' || !values.includes(value)) refuse(`${path}: Input should be ${list}`);
  };
}

export function nullable(check: Check): Check {
  return (value, path) => {
    if (value !== null) check(value, path);
  };
}

export function list(check: Check, limits: { max?: number } = {}): Check {
  return (value, path) => {
    if (!Array.isArray(value)) refuse(`${path}: Input should be a valid list`);
    if (limits.max !== undefined && value.length > limits.max)
      refuse(`${path}: List should have at most ${limits.max} items`);
    value.forEach((item, index) => check(item, at(path, index)));
  };
}

export function textOr(check: Check): Check {
  return (value, path) => {
    if (typeof value !== 'string') check(value, path);
  };
}

export function dictionary(): Check {
  return (value, path) => {
    if (!isRecord(value)) refuse(`${path}: Input should be a valid dictionary`);
  };
}

/** An object with exactly these fields; a name with a trailing `?` may be missing. */
export function closed(fields: Record<string, Check>): Check {
  const checks = new Map(Object.entries(fields).map(([name, check]) => [name.replace(/\?$/, ''), check]));
  const required = Object.keys(fields).filter((name) => !name.endsWith('?'));
  return (value, path) => {
    if (!isRecord(value)) refuse(`${path === '' ? '' : `${path}: `}Input should be a valid dictionary`);
    for (const name of required) if (value[name] === undefined) refuse(`${at(path, name)}: Field required`);
    for (const [name, field] of Object.entries(value)) {
      const check = checks.get(name);
      if (check === undefined) refuse(`${at(path, name)}: Extra inputs are not permitted`);
      if (field !== undefined) check(field, at(path, name));
    }
  };
}

/** An object whose `type` picks its shape; like the real paths, the tag becomes a path segment. */
export function tagged(shapes: Record<string, Record<string, Check>>): Check {
  const checks = new Map(Object.entries(shapes).map(([tag, fields]) => [tag, closed({ type: anything(), ...fields })]));
  return (value, path) => {
    if (!isRecord(value)) refuse(`${path}: Input should be a valid dictionary`);
    if (value['type'] === undefined) refuse(`${path}.type: Field required`);
    const tag = typeof value['type'] === 'string' ? value['type'] : JSON.stringify(value['type']);
    const check = checks.get(tag);
    if (check === undefined) {
      const known = [...checks.keys()].map((name) => `'${name}'`).join(', ');
      refuse(`${path}: Input tag '${tag}' found using 'type' does not match any of the expected tags: ${known}`);
    }
    check(value, at(path, tag));
  };
}
