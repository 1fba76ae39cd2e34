import {
  Project,
  ProjectCreateRequest,
  ProjectList,
  ProjectListRequest,
  ProjectRequest,
  ProjectUpdateRequest,
} from '../../../shared/project.ts';
import { answering } from '../procedure-internals.ts';
import { adminProcedure, router } from '../trpc.ts';

const tags = ['Organization'];
const ALL = '/v1/organization/projects';
export const ONE_PROJECT = `${ALL}/{project_id}` as const;

/** Teams, for the admin key, in the shapes of OpenAI's administration API. */
export const projectsRouter = router({
  create: answering(
    Project,
    adminProcedure
      .meta({ openapi: { method: 'POST', path: ALL, tags, summary: 'Create a project', protect: true } })
      .input(ProjectCreateRequest)
      .mutation(({ ctx, input }) => ctx.services.projects.create(ctx, input.name)),
  ),

  list: answering(
    ProjectList,
    adminProcedure
      .meta({ openapi: { method: 'GET', path: ALL, tags, summary: 'List projects', protect: true } })
      .input(ProjectListRequest)
      .query(({ ctx, input }) => ctx.services.projects.list(input)),
  ),

  retrieve: answering(
    Project,
    adminProcedure
      .meta({ openapi: { method: 'GET', path: ONE_PROJECT, tags, summary: 'Retrieve a project', protect: true } })
      .input(ProjectRequest)
      .query(({ ctx, input }) => ctx.services.projects.retrieve(input.project_id)),
  ),

  update: answering(
    Project,
    adminProcedure
      .meta({ openapi: { method: 'POST', path: ONE_PROJECT, tags, summary: 'Rename a project', protect: true } })
      .input(ProjectUpdateRequest)
      .mutation(({ ctx, input }) => ctx.services.projects.rename(ctx, input.project_id, input.name)),
  ),

  /** Makes all keys of a project invalid. */
  archive: answering(
    Project,
    adminProcedure
      .meta({
        openapi: {
          method: 'POST',
          path: `${ONE_PROJECT}/archive`,
          tags,
          summary: 'Archive a project',
          description: 'Its keys are not valid any more, for good.',
          protect: true,
        },
      })
      .input(ProjectRequest)
      .mutation(({ ctx, input }) => ctx.services.projects.archive(ctx, input.project_id)),
  ),
});
