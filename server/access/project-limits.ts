import type { z } from 'zod';
import type { RateLimit, RateLimitList, RateLimitUpdateRequest } from '../../shared/rate-limit.ts';
import { changeDocument } from '../store/change-document.ts';
import { toListPage } from '../store/list-page.ts';
import { announce, type Organization } from './announce.ts';
import type { Actor } from './audit-log.ts';
import { ALL_MODELS, type KeptProject, placeOfProject } from './kept-project.ts';
import { limitsIn } from './limit-kinds.ts';
import { checkModel } from './model-access.ts';
import { projectNotFound } from './projects.ts';

const PREFIX = 'rl-';

/** The limits of projects. All of it rejects with a 404 for a project that is not there. */
export class ProjectLimits {
  readonly #organization: Organization;
  readonly #modelAliases: Readonly<Record<string, string>>;

  constructor(organization: Organization, modelAliases: Readonly<Record<string, string>>) {
    this.#organization = organization;
    this.#modelAliases = modelAliases;
  }

  async list(projectId: string): Promise<RateLimitList> {
    const found = await this.#organization.storage.get(placeOfProject(projectId));
    if (!found) throw projectNotFound(projectId);
    // Sound: it is what was put there.
    const { limits = {} } = found.document as KeptProject;
    return toListPage(
      Object.entries(limits).map(([model, each]) => toRateLimit(model, each)),
      false,
    );
  }

  /** Sets what is given, and takes away what is null. Rejects with a 400 for a model that is none. */
  async update(
    actor: Actor,
    { project_id: projectId, rate_limit_id: id, ...given }: z.output<typeof RateLimitUpdateRequest>,
  ): Promise<RateLimit> {
    const model = id.slice(PREFIX.length);
    if (model !== ALL_MODELS) checkModel('rate_limit_id', model, this.#modelAliases);
    const kept = await changeDocument<KeptProject>(
      this.#organization.storage,
      placeOfProject(projectId),
      ({ limits: { [model]: before, ...others } = {}, ...project }) => {
        const limits = limitsIn({ ...before, ...given });
        return { ...project, limits: { ...others, ...(limits && { [model]: limits }) } };
      },
    );
    if (!kept) throw projectNotFound(projectId);
    await announce(this.#organization, actor, { type: 'rate_limit.updated', projectId, fields: Object.keys(given) });
    return toRateLimit(model, kept.limits?.[model] ?? {});
  }
}

function toRateLimit(model: string, limits: Partial<RateLimit>): RateLimit {
  return {
    object: 'project.rate_limit',
    id: PREFIX + model,
    model,
    max_requests_per_1_minute: limits.max_requests_per_1_minute ?? null,
    max_tokens_per_1_minute: limits.max_tokens_per_1_minute ?? null,
    max_input_tokens_per_1_minute: limits.max_input_tokens_per_1_minute ?? null,
    max_output_tokens_per_1_minute: limits.max_output_tokens_per_1_minute ?? null,
    max_parallel_requests: limits.max_parallel_requests ?? null,
  };
}
