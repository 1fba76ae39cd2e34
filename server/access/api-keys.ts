import type { z } from 'zod';
import type {
  ApiKey,
  ApiKeyCreateRequest,
  ApiKeyList,
  ApiKeyListRequest,
  ApiKeyRequest,
  ApiKeyRotateRequest,
  ApiKeyUpdateRequest,
  DeletedApiKey,
  NewApiKey,
} from '../../shared/api-key.ts';
import { TrestleError } from '../../shared/error.ts';
import type { Project } from '../../shared/project.ts';
import { newDigits } from '../calls/new-digits.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { changeDocument } from '../store/change-document.ts';
import { toListPage } from '../store/list-page.ts';
import { announce, type Organization } from './announce.ts';
import type { Actor } from './audit-log.ts';
import { type KeptKey, newSecret, placeOfKey } from './kept-key.ts';
import { limitsIn } from './limit-kinds.ts';
import { checkModels } from './model-access.ts';
import { FOREVER, ORGANIZATION } from './organization.ts';
import type { Projects } from './projects.ts';

interface Dependencies extends Organization {
  projects: Projects;
  ledger: Ledger;
  modelAliases: Readonly<Record<string, string>>;
}

/** The keys of projects. All of it rejects with a 404 for a project or a key that is not there. */
export class ApiKeys {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  async create(
    actor: Actor,
    { project_id: projectId, name, ...given }: z.output<typeof ApiKeyCreateRequest>,
  ): Promise<NewApiKey> {
    const { storage, projects, modelAliases } = this.#dependencies;
    const project = await projects.retrieve(projectId);
    if (project.status === 'archived')
      throw new TrestleError('invalid_value', 'The project is archived', { param: 'project_id' });
    checkModels(given, modelAliases);
    const { value, secret } = newSecret();
    const kept: KeptKey = {
      projectId,
      name,
      createdAt: unixSeconds(),
      expiresAt: toExpiry(given.expires_in_seconds),
      secrets: [secret],
      models: given.models ?? null,
      aliases: given.aliases ?? {},
      metadata: given.metadata ?? {},
      limits: given.limits ? limitsIn(given.limits) : undefined,
    };
    const id = `key_${newDigits()}`;
    const stored = { document: kept, createdAt: kept.createdAt, parent: projectId, expiresAt: FOREVER };
    await storage.put(placeOfKey(id), stored);
    await announce(this.#dependencies, actor, {
      type: 'api_key.created',
      projectId,
      apiKeyId: id,
      fields: Object.keys({ name, ...given }),
    });
    return { ...toApiKey(id, kept, project), value };
  }

  async retrieve({ project_id: projectId, api_key_id: id }: ApiKeyRequest): Promise<ApiKey> {
    const { kept, project } = await this.#find(projectId, id);
    const [key] = await this.#withUse([toApiKey(id, kept, project)]);
    return key!;
  }

  async list({ project_id: projectId, ...query }: z.output<typeof ApiKeyListRequest>): Promise<ApiKeyList> {
    const project = await this.#dependencies.projects.retrieve(projectId);
    const { documents, hasMore } = await this.#dependencies.storage.list(
      { kind: 'api_key', owner: ORGANIZATION },
      { ...query, order: 'desc', parent: projectId },
    );
    const keys = documents.map(({ id, document }) => toApiKey(id, document as KeptKey, project));
    return toListPage(await this.#withUse(keys), hasMore);
  }

  async update(
    actor: Actor,
    { project_id: projectId, api_key_id: id, ...given }: z.output<typeof ApiKeyUpdateRequest>,
  ): Promise<ApiKey> {
    checkModels(given, this.#dependencies.modelAliases);
    const { name, models, aliases, limits, metadata, expires_in_seconds: expires } = given;
    const changed = await this.#change(projectId, id, (kept) => ({
      ...kept,
      ...(name !== undefined && { name }),
      ...(models !== undefined && { models }),
      ...(aliases !== undefined && { aliases: aliases ?? {} }),
      ...(limits !== undefined && { limits: limits ? limitsIn(limits) : undefined }),
      ...(metadata !== undefined && { metadata: metadata ?? {} }),
      ...(expires !== undefined && { expiresAt: toExpiry(expires) }),
    }));
    await announce(this.#dependencies, actor, {
      type: 'api_key.updated',
      projectId,
      apiKeyId: id,
      fields: Object.keys(given),
    });
    return changed;
  }

  /** Gives a key another text. The one that it had is valid for some time as well. */
  async rotate(
    actor: Actor,
    { project_id: projectId, api_key_id: id, grace_seconds: grace }: z.output<typeof ApiKeyRotateRequest>,
  ): Promise<NewApiKey> {
    const { value, secret } = newSecret();
    const changed = await this.#change(projectId, id, ({ secrets: [current], ...rest }) => ({
      ...rest,
      secrets: [secret, ...(grace > 0 && current ? [{ ...current, until: unixSeconds() + grace }] : [])],
    }));
    await announce(this.#dependencies, actor, {
      type: 'api_key.rotated',
      projectId,
      apiKeyId: id,
      fields: ['grace_seconds'],
    });
    return { ...changed, value };
  }

  /** Revokes a key, for good. */
  async delete(actor: Actor, { project_id: projectId, api_key_id: id }: ApiKeyRequest): Promise<DeletedApiKey> {
    await this.#find(projectId, id);
    await this.#dependencies.storage.delete(placeOfKey(id));
    await announce(this.#dependencies, actor, { type: 'api_key.deleted', projectId, apiKeyId: id, fields: [] });
    return { id, object: 'organization.project.api_key.deleted', deleted: true };
  }

  async #find(projectId: string, id: string): Promise<{ kept: KeptKey; project: Project }> {
    const project = await this.#dependencies.projects.retrieve(projectId);
    const found = await this.#dependencies.storage.get(placeOfKey(id));
    // Sound: it is what was put there.
    const kept = found?.document as KeptKey | undefined;
    if (kept?.projectId !== projectId) throw keyNotFound(id);
    return { kept, project };
  }

  /** Resolves to the new state. */
  async #change(projectId: string, id: string, change: (kept: KeptKey) => KeptKey): Promise<ApiKey> {
    const { project } = await this.#find(projectId, id);
    const kept = await changeDocument<KeptKey>(this.#dependencies.storage, placeOfKey(id), change);
    if (!kept) throw keyNotFound(id);
    const [key] = await this.#withUse([toApiKey(id, kept, project)]);
    return key!;
  }

  async #withUse(keys: ApiKey[]): Promise<ApiKey[]> {
    if (keys.length === 0) return keys;
    const uses = await this.#dependencies.ledger.lastUse(keys.map(({ id }) => id));
    return keys.map((key) => ({ ...key, last_used_at: floorOrNull(uses.get(key.id)) }));
  }
}

function toApiKey(id: string, kept: KeptKey, { id: projectId, status }: Project): ApiKey {
  return {
    id,
    object: 'organization.project.api_key',
    name: kept.name,
    redacted_value: kept.secrets[0]!.redacted,
    created_at: kept.createdAt,
    last_used_at: null,
    expires_at: kept.expiresAt,
    owner: { type: 'service_account' },
    owner_project_access: status === 'active' ? 'active' : 'inactive',
    project_id: projectId,
    models: kept.models,
    aliases: kept.aliases,
    limits: kept.limits ?? null,
    metadata: kept.metadata,
  };
}

function toExpiry(seconds: number | null | undefined): number | null {
  return seconds ? unixSeconds() + seconds : null;
}

function floorOrNull(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.floor(seconds);
}

function keyNotFound(id: string): TrestleError {
  return new TrestleError('not_found', `There is no API key '${id}' in this project.`, { param: 'api_key_id' });
}
