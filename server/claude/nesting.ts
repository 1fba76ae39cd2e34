import { TrestleError } from '../../shared/error.ts';

/** Deeper than any schema or arguments that a person or a model writes; recursion over it is safe. */
const MAX_DEPTH = 100;

export function isTooDeep(root: unknown): boolean {
  const left: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > MAX_DEPTH) return true;
    for (const value of Object.values(next.value)) left.push({ value, depth: next.depth + 1 });
  }
  return false;
}

/** Throws a 400 that names the field. */
export function refuseTooDeep(value: unknown, param: string): void {
  if (isTooDeep(value))
    throw new TrestleError('invalid_value', `This is nested more than ${MAX_DEPTH} levels deep`, { param });
}
