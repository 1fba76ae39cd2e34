import { distance } from 'fastest-levenshtein';
import { TrestleError } from '../../shared/error.ts';
import { toModelId } from './model-name.ts';
import { type ModelRules, MODELS, newestRules, rulesOf, SUCCESSORS } from './models.ts';
import type { Notices } from './notices.ts';

export interface ResolvedModel {
  /** The id sent to Claude. */
  id: string;
  rules: ModelRules;
}

/** Characters of an unknown name that its error repeats. */
const MAX_ECHOED = 200;
const MAX_SUGGESTIONS = 3;

/**
 * Finds the Claude model that a request's `model` means: an alias, an exact id, a retired id, or another spelling of
 * one. Ids that start with `claude-` but are unknown go upstream under the newest rules.
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
  const spelled = toModelId(id);
  if (spelled === undefined) throw modelNotFound(asked, aliases);
  if (spelled === id) return { id, rules: newestRules(id) };
  notices.add('model', 'substituted', `${toEchoed(id)} is read as ${spelled}`);
  return resolveModel(spelled, {}, notices);
}

/** 404, with the names that are nearest. */
export function modelNotFound(asked: string, aliases: Readonly<Record<string, string>>): TrestleError {
  const echoed = toEchoed(asked);
  const nearest = [...MODELS.map(({ id }) => id), ...Object.keys(aliases)]
    .map((name) => ({ name, edits: distance(echoed.toLowerCase(), name.toLowerCase()) }))
    .toSorted((left, right) => left.edits - right.edits)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ name }) => `'${name}'`);
  return new TrestleError(
    'model_not_found',
    `The model '${echoed}' does not exist or you do not have access to it. The nearest names are ${nearest.join(', ')}; ` +
      'TRESTLE_MODEL_ALIASES gives models names of your own.',
    { param: 'model' },
  );
}

function toEchoed(name: string): string {
  return name.length > MAX_ECHOED ? `${name.slice(0, MAX_ECHOED)}…` : name;
}
