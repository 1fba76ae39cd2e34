import type { z } from 'zod';
import { TrestleError } from '../../shared/error.ts';
import type { Project, ProjectList, ProjectListRequest } from '../../shared/project.ts';
import { DEFAULT_PROJECT } from '../calls/caller.ts';
import { newDigits } from '../calls/new-digits.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import { changeDocument } from '../store/change-document.ts';
import { toListPage } from '../store/list-page.ts';
import { announce, type Organization } from './announce.ts';
import type { Actor } from './audit-log.ts';
import { type KeptProject, placeOfProject } from './kept-project.ts';
import { FOREVER, ORGANIZATION } from './organization.ts';

/** The teams of a server. All of it rejects with a 404 for a project that is not there. */
export class Projects {
  readonly #organization: Organization;

  constructor(organization: Organization) {
    this.#organization = organization;
  }

  /** Makes the project of the keys that are in the configuration, where it is not there. */
  async makeDefault(): Promise<void> {
    await this.#create(DEFAULT_PROJECT, 'Default project');
  }

  async create(actor: Actor, name: string): Promise<Project> {
    const id = `proj_${newDigits()}`;
    const kept = await this.#create(id, name);
    await announce(this.#organization, actor, { type: 'project.created', projectId: id, fields: ['name'] });
    return toProject(id, kept);
  }

  async retrieve(id: string): Promise<Project> {
    const found = await this.#organization.storage.get(placeOfProject(id));
    if (!found) throw projectNotFound(id);
    // Sound: it is what was put there.
    return toProject(id, found.document as KeptProject);
  }

  async list({ include_archived: all, ...query }: z.output<typeof ProjectListRequest>): Promise<ProjectList> {
    const { documents, hasMore } = await this.#organization.storage.list(
      { kind: 'project', owner: ORGANIZATION },
      { ...query, order: 'desc', ...(!all && { metadata: { status: 'active' } }) },
    );
    return toListPage(
      documents.map(({ id, document }) => toProject(id, document as KeptProject)),
      hasMore,
    );
  }

  async rename(actor: Actor, id: string, name: string): Promise<Project> {
    const kept = await changeDocument<KeptProject>(this.#organization.storage, placeOfProject(id), (project) => ({
      ...project,
      name,
    }));
    if (!kept) throw projectNotFound(id);
    await announce(this.#organization, actor, { type: 'project.updated', projectId: id, fields: ['name'] });
    return toProject(id, kept);
  }

  /** Makes all keys of a project invalid. What they stored stays until its time is over. */
  async archive(actor: Actor, id: string): Promise<Project> {
    if (id === DEFAULT_PROJECT)
      throw new TrestleError('invalid_value', 'The default project has the keys of TRESTLE_API_KEYS, and stays', {
        param: 'project_id',
      });
    const { storage } = this.#organization;
    const kept = await changeDocument<KeptProject>(storage, placeOfProject(id), (project) => ({
      ...project,
      archivedAt: project.archivedAt ?? unixSeconds(),
    }));
    if (!kept) throw projectNotFound(id);
    await storage.update(placeOfProject(id), { metadata: { status: 'archived' } });
    await announce(this.#organization, actor, { type: 'project.archived', projectId: id, fields: [] });
    return toProject(id, kept);
  }

  async #create(id: string, name: string): Promise<KeptProject> {
    const kept: KeptProject = { name, createdAt: unixSeconds(), archivedAt: null };
    const stored = { document: kept, createdAt: kept.createdAt, metadata: { status: 'active' }, expiresAt: FOREVER };
    await this.#organization.storage.create(placeOfProject(id), stored);
    return kept;
  }
}

function toProject(id: string, { name, createdAt, archivedAt }: KeptProject): Project {
  return {
    id,
    object: 'organization.project',
    name,
    created_at: createdAt,
    archived_at: archivedAt,
    status: archivedAt === null ? 'active' : 'archived',
  };
}

export function projectNotFound(id: string): TrestleError {
  return new TrestleError('not_found', `There is no project '${id}'.`, { param: 'project_id' });
}
