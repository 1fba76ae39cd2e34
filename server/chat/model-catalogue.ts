import type { Model } from '../../shared/model.ts';
import { aliasesFor, idOf, mayUse, modelFor } from '../access/model-access.ts';
import type { Access } from '../calls/caller.ts';
import { MODELS, type ModelRules, rulesOf } from '../claude/models.ts';
import { Notices } from '../claude/notices.ts';
import { modelNotFound, type ResolvedModel } from '../claude/resolve-model.ts';
import type { Claude, ModelInfo } from '../upstream/claude.ts';

const FRESH_MS = 10 * 60_000;
/** After a failure the built-in table answers for this long before Claude is asked again. */
const RETRY_MS = 30_000;
const REFRESH_TIMEOUT_MS = 5000;

/**
 * Claude's own list of models, cached, with the built-in table for what it lacks and for when Claude
 * can't be reached. A stale list is answered at once and refreshed behind it.
 */
export class ModelCatalogue {
  readonly #claude: Claude;
  #live = new Map<string, ModelInfo>();
  #checkedAt = Number.NEGATIVE_INFINITY;
  #nextCheckAt = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;
  #failure: string | undefined;

  constructor(claude: Claude) {
    this.#claude = claude;
  }

  /** Why Claude could not be asked the last time, in words for who runs the server; undefined when it answered. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Every model that a caller may ask for, newest first, and behind them the aliases, each with what its model has. */
  async list(access: Access, general: Readonly<Record<string, string>>): Promise<Model[]> {
    await this.#fresh();
    const ids = new Set([...this.#live.keys(), ...(this.#live.size === 0 ? MODELS.map((rules) => rules.id) : [])]);
    const models = [...ids]
      .filter((id) => mayUse(access, id))
      .map((id) => this.#describe(id))
      .toSorted((left, right) => right.created - left.created);
    // One that names no model is listed, and refused when it is asked for.
    const named = Object.entries(aliasesFor(access.aliases, general))
      .map(([alias, target]) => ({ alias, id: idOf(target, {}) ?? target }))
      .filter(({ alias, id }) => !ids.has(alias) && mayUse(access, id));
    return [...models, ...named.map(({ alias, id }) => ({ ...this.#describe(id), id: alias }))];
  }

  /** One model by its id, an alias or a retired id, under the id of the model that answers. Throws 404, and 403. */
  async retrieve(access: Access, asked: string, general: Readonly<Record<string, string>>): Promise<Model> {
    await this.#fresh();
    const { id } = modelFor(access, asked, general, new Notices(false));
    if (!this.#live.has(id) && rulesOf(id) === undefined)
      throw modelNotFound(asked, aliasesFor(access.aliases, general));
    return this.#describe(id);
  }

  /** What Claude itself says of a model; undefined where Claude does not list it, or could not be asked. */
  infoOf(id: string): ModelInfo | undefined {
    return this.#live.get(id);
  }

  /** The limits that Claude states for a model win over the table's. Never waits. */
  withLiveLimits(model: ResolvedModel): ResolvedModel {
    if (Date.now() >= this.#nextCheckAt && rulesOf(model.id) === undefined) void this.#refresh();
    const live = this.#live.get(model.id);
    const maxOutputTokens = live?.max_tokens || model.rules.maxOutputTokens;
    return maxOutputTokens === model.rules.maxOutputTokens
      ? model
      : { ...model, rules: { ...model.rules, maxOutputTokens } };
  }

  /** Fetches the list ahead of the first question. Never rejects. */
  warm(): Promise<void> {
    return this.#refresh();
  }

  async #fresh(): Promise<void> {
    if (Date.now() < this.#nextCheckAt) return;
    const refresh = this.#refresh();
    if (this.#checkedAt === Number.NEGATIVE_INFINITY) await refresh;
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#fetch().finally(() => {
      this.#checkedAt = Date.now();
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #fetch(): Promise<void> {
    try {
      const models = await this.#claude.models(AbortSignal.timeout(REFRESH_TIMEOUT_MS));
      this.#live = new Map(models.filter(({ lifecycle }) => lifecycle !== 'retired').map((model) => [model.id, model]));
      this.#nextCheckAt = Date.now() + FRESH_MS;
      this.#failure = undefined;
    } catch (thrown) {
      this.#failure = toReason(thrown);
      this.#nextCheckAt = Date.now() + RETRY_MS;
    }
  }

  #describe(id: string): Model {
    const rules: Partial<ModelRules> = rulesOf(id) ?? {};
    const live = this.#live.get(id);
    const contextWindow = live?.max_input_tokens || rules.contextWindow;
    const maxOutputTokens = live?.max_tokens || rules.maxOutputTokens;
    const retires = live?.retires_at ?? rules.retires;
    return {
      id,
      object: 'model',
      created: Math.floor(Date.parse(live?.created_at ?? rules.released ?? '') / 1000) || 0,
      owned_by: 'anthropic',
      display_name: live?.display_name ?? rules.displayName ?? id,
      ...(contextWindow && { context_window: contextWindow }),
      ...(maxOutputTokens && { max_output_tokens: maxOutputTokens }),
      shutdown_date: retires ? retires.slice(0, 10) : null,
    };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at ANTHROPIC_BASE_URL',
  ENOTFOUND: 'the host of ANTHROPIC_BASE_URL does not exist',
  EAI_AGAIN: 'the host of ANTHROPIC_BASE_URL could not be looked up',
  UND_ERR_CONNECT_TIMEOUT: 'the host of ANTHROPIC_BASE_URL does not answer',
  status_401: 'Claude refuses ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN',
  status_403: 'Claude refuses ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN',
  status_404: "what answers at ANTHROPIC_BASE_URL is not Claude's API: it has no /v1/models",
};

/** The reason by the code of the first cause whose code is known. */
function toReason(thrown: unknown): string {
  for (let cause = thrown; cause instanceof Error; cause = cause.cause) {
    const reason = 'code' in cause && typeof cause.code === 'string' ? REASONS[cause.code] : undefined;
    if (reason !== undefined) return reason;
  }
  return `Claude's list of models could not be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
}
