import type { ZodError } from 'zod';
import { type ErrorKind, TrestleError } from '../../shared/error.ts';
import { describeIssue, type Issue, receivedIn } from './describe-issue.ts';

/** A failed validation as a 400 that names the first field at fault, by its path. */
export function fromZodError(error: ZodError): TrestleError {
  const issue = mostTelling(error.issues);
  const param = toParam(issue.path);
  const kind = toKind(issue);
  const where = param === null ? 'the request' : `'${param}'`;
  const message =
    kind === 'missing_required_parameter'
      ? `Missing required parameter: ${where}.`
      : `Invalid ${kind === 'invalid_type' ? 'type' : 'value'} for ${where}: ${describeIssue(issue)}.`;
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
  const issue = issues[0]!;
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const branches = issue.errors.map((branch) => mostTelling(branch));
  const deepest = branches.reduce((best, branch) => (reachOf(branch) > reachOf(best) ? branch : best));
  // No branch fits even in kind: all of them are named, once.
  if (reachOf(deepest) === 0) return issue;
  return { ...deepest, path: [...issue.path, ...deepest.path] };
}

/** How far a branch of a union was followed: to a field, or at least past the type of the whole. */
function reachOf({ code, path }: Issue): number {
  if (path.length > 0) return path.length + 1;
  return code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union' ? 0 : 1;
}

function toKind(issue: Issue): ErrorKind {
  const types = issue.code === 'invalid_union' ? issue.errors.map(([first]) => first) : [issue];
  const isType = types.length > 0 && types.every((each) => each?.code === 'invalid_type');
  if (!isType) return 'invalid_value';
  return receivedIn(types[0]!) === 'undefined' ? 'missing_required_parameter' : 'invalid_type';
}
