import type { FastifyRequest } from 'fastify';

/** The last event that a caller has seen, as it says: in the query for callers behind proxies that drop the header. */
export function lastEventIdOf({ headers, query }: FastifyRequest): unknown {
  return headers['last-event-id'] ?? (query as { last_event_id?: unknown }).last_event_id;
}
