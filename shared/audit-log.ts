import { z } from 'zod';
import { openObject } from './open-object.ts';

/** What can happen on the admin side. */
export const AUDIT_EVENTS = [
  'project.created',
  'project.updated',
  'project.archived',
  'rate_limit.updated',
  'api_key.created',
  'api_key.updated',
  'api_key.rotated',
  'api_key.deleted',
] as const;

/** Which events to list. */
export const AuditLogRequest = openObject({
  /** The id of the event behind which the list begins. */
  after: z.string().nullish(),
  /** The most events of the list. */
  limit: z.coerce.number<number>().int().min(1).max(100).default(20),
});
export type AuditLogRequest = z.input<typeof AuditLogRequest>;

/**
 * Something that was changed on the admin side.
 * @see https://platform.openai.com/docs/api-reference/audit-logs/object
 */
export const AuditEvent = openObject({
  /** The id of the event. */
  id: z.string(),
  /** What happened. */
  type: z.enum(AUDIT_EVENTS),
  /** Unix seconds. */
  effective_at: z.int(),
  /** The project that it happened to. */
  project: openObject({
    /** The id of the project. */
    id: z.string(),
  }),
  /** Who did it. */
  actor: openObject({
    /** What kind of actor that is. */
    type: z.literal('api_key'),
    /** The key that was presented. */
    api_key: openObject({
      /** `admin` for the TRESTLE_ADMIN_KEY of the server. */
      id: z.string(),
    }),
  }),
  /** The id of the key that it happened to; null where it happened to a project. An extension. */
  api_key_id: z.string().nullable(),
  /** The names of the fields that were given. An extension. */
  fields: z.array(z.string()),
  /** The request that did it, by the id that the log has. An extension. */
  request_id: z.string(),
}).meta({ id: 'AuditEvent' });
export type AuditEvent = z.infer<typeof AuditEvent>;

/** A part of the events. */
export const AuditLog = openObject({
  /** What this object is. */
  object: z.literal('list'),
  /** The events, the newest first. */
  data: z.array(AuditEvent),
  /** The id of the first event; null where there is none. */
  first_id: z.string().nullable(),
  /** The id of the last event; null where there is none. */
  last_id: z.string().nullable(),
  /** Whether there are more behind the last one. */
  has_more: z.boolean(),
}).meta({ id: 'AuditLog' });
export type AuditLog = z.infer<typeof AuditLog>;
