import { TrestleError } from '../../shared/error.ts';
import { type ModelRules, newestRules, rulesOf, SUCCESSORS } from './models.ts';
import type { Notices } from './notices.ts';

export interface ResolvedModel {
  /** The id sent to Claude. */
  id: string;
  rules: ModelRules;
}

/**
 * Finds the Claude model that a request's `model` means: an alias, an exact id, or a retired id.
 * Ids that start with `claude-` but are unknown go upstream under the newest rules.
 * Throws 404 `model_not_found` for any other.
 */
export function resolveModel(
  asked: string,
  aliases: Readonly<Record<string, string>>,
  notices: Notices,
): ResolvedModel {
  const named = Object.hasOwn(aliases, asked) ? aliases[asked]! : asked;
  const successor = Object.hasOwn(SUCCESSORS, named) ? SUCCESSORS[named] : undefined;
  if (successor !== undefined) {
    notices.add('model', 'substituted', `${named} is retired; ${successor} answers in its place`);
  }
  const id = successor ?? named;
  const rules = rulesOf(id);
  if (rules !== undefined) return { id, rules };
  if (/^claude-[\w.-]+$/.test(id)) return { id, rules: newestRules(id) };
  throw modelNotFound(asked);
}

export function modelNotFound(asked: string): TrestleError {
  return new TrestleError('model_not_found', `The model '${asked}' does not exist or you do not have access to it.`, {
    param: 'model',
  });
}
