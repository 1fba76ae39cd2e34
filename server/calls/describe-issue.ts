import type { ZodError } from 'zod';

export type Issue = ZodError['issues'][number];

/** zod's names of types, as they are called in JSON. */
const TYPES: Readonly<Record<string, string>> = {
  array: 'an array',
  boolean: 'a boolean',
  int: 'an integer',
  NaN: 'NaN',
  null: 'null',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
  undefined: 'nothing',
};

/** What is wrong with a field, in OpenAI's words: `expected a string, but got a number instead`. */
export function describeIssue(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeOf(issue.expected)}, but got ${typeOf(receivedIn(issue))} instead`;
    case 'invalid_value':
      return `expected ${listOf(issue.values)}`;
    case 'invalid_union':
      return describeUnion(issue);
    case 'invalid_key':
      return `${issue.issues.map(describeIssue).join('; ')} as its name`;
    case 'too_small':
      return `expected ${sizeOf(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'too_big':
      return `expected ${sizeOf(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`;
    default:
      return lowerFirst(issue.message);
  }
}

/** The type that a value of the wrong type has; zod says so in its message alone. */
export function receivedIn({ message }: Issue): string {
  return /received (\w+)/.exec(message)?.[1] ?? 'something else';
}

function describeUnion(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const { options } = issue as { options?: unknown };
  if (Array.isArray(options)) return `expected ${listOf(options)}`;
  const branches = issue.errors.flatMap(([first]) => (first === undefined ? [] : [first]));
  const types = branches.flatMap((branch) => (branch.code === 'invalid_type' ? [typeOf(branch.expected)] : []));
  if (types.length === branches.length && types.length > 0) {
    return `expected ${[...new Set(types)].join(' or ')}, but got ${typeOf(receivedIn(branches[0]!))} instead`;
  }
  return [...new Set(branches.map(describeIssue))].join('; or ') || lowerFirst(issue.message);
}

function typeOf(name: string): string {
  return TYPES[name] ?? name;
}

function listOf(values: readonly unknown[]): string {
  const texts = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)));
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} or ${last}`;
}

function sizeOf(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'array' || origin === 'set')
    return `an array with ${relation} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  if (origin === 'string') return `a string with ${relation} ${limit} ${limit === 1 ? 'character' : 'characters'}`;
  return `a value of ${relation} ${limit}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
