import type { Notices } from '../notices.ts';

const VALID = /^[a-zA-Z0-9_-]+$/;

/**
 * Tool-call ids as Claude takes them. Other models' ids may hold `:` or `.`, and some clients count
 * from `call_0` again in each turn; both get an id of their own, the same in the call and in its result.
 */
export class ToolIds {
  readonly #taken = new Set<string>();
  /** By an id that was taken: the number to try for the next of its name. */
  readonly #next = new Map<string, number>();

  /** An id for a new call. */
  assign(id: string): string {
    const base = VALID.test(id) ? id : id.replaceAll(/[^a-zA-Z0-9_-]/g, '_') || 'call';
    let unique = base;
    let count = this.#next.get(base) ?? 2;
    for (; this.#taken.has(unique); count += 1) unique = `${base}_${count}`;
    if (unique !== base) this.#next.set(base, count);
    this.#taken.add(unique);
    return unique;
  }
}

const MAX_NAME_LENGTH = 128;

/** A tool's name in a history as Claude takes it: other models' names may hold a `.`, or be longer. */
export function toToolName(name: string, path: string, notices: Notices): string {
  if (VALID.test(name) && name.length <= MAX_NAME_LENGTH) return name;
  const sent = name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, MAX_NAME_LENGTH) || 'tool';
  notices.add(path, 'emulated', `Claude takes names of letters, digits, '_' and '-'; '${sent}' was sent`);
  return sent;
}
