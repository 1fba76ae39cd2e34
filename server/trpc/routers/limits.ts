import { ProjectRequest } from '../../../shared/project.ts';
import { RateLimit, RateLimitList, RateLimitUpdateRequest } from '../../../shared/rate-limit.ts';
import { answering } from '../procedure-internals.ts';
import { adminProcedure, router } from '../trpc.ts';
import { ONE_PROJECT } from './projects.ts';

const tags = ['Organization'];
const ALL = `${ONE_PROJECT}/rate_limits` as const;

/** The limits of projects, for the admin key, in the shapes of OpenAI's administration API. */
export const limitsRouter = router({
  list: answering(
    RateLimitList,
    adminProcedure
      .meta({ openapi: { method: 'GET', path: ALL, tags, summary: 'List the limits of a project', protect: true } })
      .input(ProjectRequest)
      .query(({ ctx, input }) => ctx.services.projectLimits.list(input.project_id)),
  ),

  update: answering(
    RateLimit,
    adminProcedure
      .meta({
        openapi: {
          method: 'POST',
          path: `${ALL}/{rate_limit_id}`,
          tags,
          summary: 'Limit a project',
          description: 'What is left out stays as it is; null takes a limit away.',
          protect: true,
        },
      })
      .input(RateLimitUpdateRequest)
      .mutation(({ ctx, input }) => ctx.services.projectLimits.update(ctx, input)),
  ),
});
