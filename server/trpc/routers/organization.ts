import { CostsPage, CostsRequest, UsagePage, UsageRequest } from '../../../shared/organization-usage.ts';
import { costsPage, usagePage } from '../../ledger/usage-pages.ts';
import { answering } from '../procedure-internals.ts';
import { adminProcedure, router } from '../trpc.ts';
import { auditRouter } from './audit.ts';
import { keysRouter } from './keys.ts';
import { limitsRouter } from './limits.ts';
import { projectsRouter } from './projects.ts';

const tags = ['Organization'];

/** What the admin key opens, in the shapes of OpenAI's administration API. */
export const organizationRouter = router({
  projects: projectsRouter,
  keys: keysRouter,
  limits: limitsRouter,
  audit: auditRouter,

  /** Tokens by time, key and model. */
  usage: answering(
    UsagePage,
    adminProcedure
      .meta({
        openapi: {
          method: 'GET',
          path: '/v1/organization/usage/completions',
          tags,
          summary: 'Sum up the tokens of calls',
          protect: true,
        },
      })
      .input(UsageRequest)
      .query(({ ctx, input }) => usagePage(ctx.services.ledger, input)),
  ),

  /** US dollars by day, key and model. */
  costs: answering(
    CostsPage,
    adminProcedure
      .meta({
        openapi: {
          method: 'GET',
          path: '/v1/organization/costs',
          tags,
          summary: 'Sum up the costs of calls',
          protect: true,
        },
      })
      .input(CostsRequest)
      .query(({ ctx, input }) => costsPage(ctx.services.ledger, input)),
  ),
});
