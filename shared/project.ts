import { z } from 'zod';
import { openObject } from './open-object.ts';

const name = z.string().trim().min(1).max(200);

/** A project to make. */
export const ProjectCreateRequest = openObject({
  /** What people call the project. */
  name,
});
export type ProjectCreateRequest = z.infer<typeof ProjectCreateRequest>;

/** Which project. */
export const ProjectRequest = openObject({
  /** The id of the project. */
  project_id: z.string().min(1).max(100),
});
export type ProjectRequest = z.infer<typeof ProjectRequest>;

/** What changes of a project. */
export const ProjectUpdateRequest = ProjectRequest.extend({
  /** What people call the project. */
  name,
});
export type ProjectUpdateRequest = z.infer<typeof ProjectUpdateRequest>;

/** Which projects to list. */
export const ProjectListRequest = openObject({
  /** The id of the project behind which the list begins. */
  after: z.string().nullish(),
  /** The most projects of the list. */
  limit: z.coerce.number<number>().int().min(1).max(100).default(20),
  /** Whether archived projects are listed too: `true` or `false`. */
  include_archived: z.stringbool().default(false),
});
export type ProjectListRequest = z.input<typeof ProjectListRequest>;

/**
 * A team, with its API keys. What its keys store belongs to all of them.
 * @see https://platform.openai.com/docs/api-reference/projects/object
 */
export const Project = openObject({
  /** The id of the project; `default` has the keys of TRESTLE_API_KEYS. */
  id: z.string(),
  /** What this object is. */
  object: z.literal('organization.project'),
  /** What people call the project. */
  name: z.string(),
  /** Unix seconds. */
  created_at: z.int(),
  /** Unix seconds, since when the keys of the project are not valid any more; null while they are. */
  archived_at: z.int().nullable(),
  /** Whether the keys of the project are valid. */
  status: z.enum(['active', 'archived']),
}).meta({ id: 'Project' });
export type Project = z.infer<typeof Project>;

/** A part of the projects. */
export const ProjectList = openObject({
  /** What this object is. */
  object: z.literal('list'),
  /** The projects, the newest first. */
  data: z.array(Project),
  /** The id of the first project; null where there is none. */
  first_id: z.string().nullable(),
  /** The id of the last project; null where there is none. */
  last_id: z.string().nullable(),
  /** Whether there are more behind the last one. */
  has_more: z.boolean(),
}).meta({ id: 'ProjectList' });
export type ProjectList = z.infer<typeof ProjectList>;
