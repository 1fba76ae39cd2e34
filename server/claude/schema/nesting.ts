import { TrestleError } from '../../../shared/error.ts';

/** Deeper than any schema or arguments that a person or a model writes; recursion over it is safe. */
const MAX_DEPTH = 100;

export function isTooDeep(root: unknown): boolean {
  return walk(root).fault === 'depth';
}

/** Throws a 400 that names the field, also for a BigInt: tRPC's transformer carries them, JSON does not. */
export function refuseUnwalkable(value: unknown, param: string): void {
  measure(value, param);
}

/**
 * How much it is, counted in values and in characters of names and strings; of more than `most` values no more is counted.
 * Throws as {@link refuseUnwalkable} does.
 */
export function measure(value: unknown, param: string, most = Infinity): { values: number; characters: number } {
  const walked = walk(value, most);
  if (walked.fault === undefined) return walked;
  const { fault } = walked;
  const message =
    fault === 'depth'
      ? `This is nested more than ${MAX_DEPTH} levels deep`
      : 'This holds a BigInt, for which JSON has no form';
  throw new TrestleError('invalid_value', message, { param });
}

interface Walked {
  fault: 'depth' | 'bigint' | undefined;
  values: number;
  characters: number;
}

function walk(root: unknown, most = Infinity): Walked {
  const walked: Walked = { fault: undefined, values: 0, characters: 0 };
  const left: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, depth } = next;
    walked.values += 1;
    if (walked.values > most) return walked;
    if (typeof value === 'bigint') walked.fault = 'bigint';
    else if (typeof value === 'string') walked.characters += value.length;
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value) && value.length > most) return { ...walked, values: value.length };
    if (depth > MAX_DEPTH) return { ...walked, fault: 'depth' };
    for (const [name, entry] of Object.entries(value)) {
      walked.characters += name.length;
      left.push({ value: entry, depth: depth + 1 });
      if (left.length > most) return { ...walked, values: walked.values + left.length };
    }
  }
  return walked;
}
