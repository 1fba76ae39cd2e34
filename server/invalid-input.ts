import type { ZodError } from 'zod';
import { type ErrorKind, TrestleError } from '../shared/error.ts';

type Issue = ZodError['issues'][number];

/** A failed validation as a 400 that names the first field at fault, by its path. */
export function fromZodError(error: ZodError): TrestleError {
  const issue = mostTelling(error.issues);
  const param = toParam(issue.path);
  const kind = toKind(issue);
  const where = param === null ? 'the request' : `'${param}'`;
  const message =
    kind === 'missing_required_parameter'
      ? `Missing required parameter: ${where}.`
      : `Invalid value for ${where}: ${issue.message}.`;
  return new TrestleError(kind, message.replace(/\.\.$/, '.'), { param });
}

/** `messages[2].content[0].image_url.url`; null for the request itself. */
export function toParam(path: readonly PropertyKey[]): string | null {
  let text = '';
  for (const key of path) text += typeof key === 'number' ? `[${key}]` : text === '' ? String(key) : `.${String(key)}`;
  return text === '' ? null : text;
}

/** Inside a union, the branch that came furthest is the one that the caller meant. */
function mostTelling(issues: readonly Issue[]): Issue {
  const [first] = issues.map((issue): Issue => {
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
    const branches = issue.errors.map((branch) => mostTelling(branch));
    const deepest = branches.reduce((best, branch) => (branch.path.length > best.path.length ? branch : best));
    if (deepest.path.length === 0) {
      // No branch fits even in kind: name them all, once.
      const texts = [...new Set(branches.map((branch) => branch.message.replace(/^Invalid input: /, '')))];
      return { ...deepest, path: issue.path, message: `Invalid input: ${texts.join('; or ')}` };
    }
    return { ...deepest, path: [...issue.path, ...deepest.path] };
  });
  return first!;
}

function toKind(issue: Issue): ErrorKind {
  if (issue.code === 'invalid_type')
    return /received undefined/.test(issue.message) ? 'missing_required_parameter' : 'invalid_type';
  return 'invalid_value';
}
