import { TrestleError } from '../../shared/error.ts';
import type { Access } from '../calls/caller.ts';
import { Notices } from '../claude/notices.ts';
import { resolveModel, type ResolvedModel } from '../claude/resolve-model.ts';

/** Names of models, and what they stand for. */
export type Aliases = Readonly<Record<string, string>>;

/** Names of models for one caller: those of the server, and over them the caller's own. */
export function aliasesFor(own: Aliases, general: Aliases): Aliases {
  // Most callers have none, and a copy for each call would cost more than the rest of this.
  for (const _name in own) return { ...general, ...own };
  return general;
}

/** The model that a caller's `model` means. Throws a 404 for a name that means none, and a 403 for one that it may not use. */
export function modelFor(access: Access, asked: string, general: Aliases, notices: Notices): ResolvedModel {
  const model = resolveModel(asked, aliasesFor(access.aliases, general), notices);
  checkMayUse(access, model.id, 'model');
  return model;
}

/** Throws a 403 that names the field where the caller may not use the model of this id. */
export function checkMayUse(access: Access, id: string, param: string): void {
  if (mayUse(access, id)) return;
  const allowed = access.models!.slice(0, 10).map((name) => `'${name}'`);
  const message = `This API key may not use the model '${id}'. It may use ${allowed.join(', ') || 'no model any more'}.`;
  throw new TrestleError('model_not_allowed', message, { param });
}

/** The id of the model that a name means; undefined for one that means none any more. */
export function idOf(name: string, aliases: Aliases): string | undefined {
  try {
    return resolveModel(name, aliases, new Notices(false)).id;
  } catch {
    return undefined;
  }
}

export function mayUse({ models }: Access, id: string): boolean {
  return models === null || models.includes(id);
}

/** Names of models, by the field that they stand in. */
interface NamedModels {
  models?: readonly string[] | null | undefined;
  aliases?: Aliases | null | undefined;
}

/** Throws a 400 that names the entry which means no model. */
export function checkModels({ models, aliases }: NamedModels, general: Aliases): void {
  for (const [name, target] of Object.entries(aliases ?? {})) checkModel(`aliases.${name}`, target, general);
  const known = aliasesFor(aliases ?? {}, general);
  for (const [index, target] of (models ?? []).entries()) checkModel(`models[${index}]`, target, known);
}

/** Throws a 400 that names the field where it means no model. */
export function checkModel(param: string, model: string, aliases: Aliases): void {
  try {
    resolveModel(model, aliases, new Notices(false));
  } catch (thrown) {
    if (!(thrown instanceof TrestleError)) throw thrown;
    throw new TrestleError('invalid_value', thrown.message, { param });
  }
}
