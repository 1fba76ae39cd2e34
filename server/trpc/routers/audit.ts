import { AuditLog, AuditLogRequest } from '../../../shared/audit-log.ts';
import { answering } from '../procedure-internals.ts';
import { adminProcedure, router } from '../trpc.ts';

/** What was changed on the admin side, in the shape of OpenAI's audit logs. */
export const auditRouter = router({
  list: answering(
    AuditLog,
    adminProcedure
      .meta({
        openapi: {
          method: 'GET',
          path: '/v1/organization/audit_logs',
          tags: ['Organization'],
          summary: 'List what was changed',
          description: 'Projects and keys that were made, changed, or ended, the newest first.',
          protect: true,
        },
      })
      .input(AuditLogRequest)
      .query(({ ctx, input }) => ctx.services.auditLog.list(input)),
  ),
});
