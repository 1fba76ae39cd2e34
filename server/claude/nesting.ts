import { TrestleError } from '../../shared/error.ts';

/** Deeper than any schema or arguments that a person or a model writes; recursion over it is safe. */
const MAX_DEPTH = 100;

export function isTooDeep(root: unknown): boolean {
  return faultOf(root) === 'depth';
}

/** Throws a 400 that names the field, also for a BigInt: tRPC's transformer carries them, JSON does not. */
export function refuseUnwalkable(value: unknown, param: string): void {
  const fault = faultOf(value);
  if (fault === undefined) return;
  const message =
    fault === 'depth'
      ? `This is nested more than ${MAX_DEPTH} levels deep`
      : 'This holds a BigInt, for which JSON has no form';
  throw new TrestleError('invalid_value', message, { param });
}

function faultOf(root: unknown): 'depth' | 'bigint' | undefined {
  let hasBigInt = false;
  const left: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next.value === 'bigint') hasBigInt = true;
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > MAX_DEPTH) return 'depth';
    for (const value of Object.values(next.value)) left.push({ value, depth: next.depth + 1 });
  }
  return hasBigInt ? 'bigint' : undefined;
}
