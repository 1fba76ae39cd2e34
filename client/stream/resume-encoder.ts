import { type Encoder, jsonEncoder } from '@trpc/client';

interface Message {
  method?: string;
  params?: { path?: string; input?: unknown; lastEventId?: string };
}

/**
 * Writes what goes over the socket. When the socket is replaced, tRPC sends all subscriptions again as they were, in
 * one message. Those that have got a chunk need no request any more: they would make it longer than the server takes.
 */
export const resumeEncoder: Encoder = {
  encode: (data) =>
    jsonEncoder.encode(
      Array.isArray(data) ? data.map((message) => shortened(message as Message)) : shortened(data as Message),
    ),
  decode: (data) => jsonEncoder.decode(data),
};

function shortened(message: Message): unknown {
  const { method, params } = message;
  const lastEventId = params?.lastEventId;
  const isStream = params?.path === 'chat.stream' || params?.path === 'chat.resume';
  if (method !== 'subscription' || !isStream || lastEventId === undefined) return message;
  return { ...message, params: { path: 'chat.resume', input: { json: { lastEventId } }, lastEventId } };
}
