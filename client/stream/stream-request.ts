import { parseEventId } from '../../shared/event-id.ts';
import type { StreamCall } from './transport.ts';

/** An HTTP request that asks for a stream, or for what is left of one. */
export interface StreamRequest {
  url: string;
  init: { method: string; headers: Record<string, string>; body?: string };
}

/**
 * The request itself, until a chunk of its answer has come; then the events after that chunk, whose id goes in the
 * query too, because some proxies pass on only the headers that they know.
 */
export function toStreamRequest(
  base: string,
  headers: Record<string, string>,
  call: StreamCall,
  lastEventId: string | undefined,
): StreamRequest {
  const url = `${base}/v1/chat/completions`;
  if (lastEventId !== undefined) {
    const query = `last_event_id=${encodeURIComponent(lastEventId)}`;
    return {
      url: `${url}/${completionOf(lastEventId)}/events?${query}`,
      init: { method: 'GET', headers: { ...headers, 'last-event-id': lastEventId } },
    };
  }
  // Sound: a call without a name has the id of an event.
  const named = { ...headers, 'idempotency-key': (call as { idempotencyKey: string }).idempotencyKey };
  if (!('request' in call)) return { url: `${url}/events`, init: { method: 'GET', headers: named } };
  const body = JSON.stringify({ ...call.request, stream: true });
  return { url, init: { method: 'POST', headers: { ...named, 'content-type': 'application/json' }, body } };
}

/** The completion whose event has this id. */
export function completionOf(eventId: string): string {
  return parseEventId(eventId)?.id ?? eventId;
}

/** Whether an event has come before: some proxies ask again for what they have passed on already. */
export function isRepeated(eventId: string, lastEventId: string | undefined): boolean {
  const last = lastEventId === undefined ? undefined : parseEventId(lastEventId);
  const event = last && parseEventId(eventId);
  return event !== undefined && event.id === last!.id && event.number <= last!.number;
}
