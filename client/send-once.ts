import { jsonEncoder, type Encoder } from '@trpc/client';

/** Names no chunk, so that the server refuses to go on from it. */
export const NOTHING_SEEN = 'nothing-seen';

interface Message {
  method?: string;
  params?: { lastEventId?: string };
}

/**
 * Writes what goes over the socket. tRPC sends a subscription again when its socket is replaced, with the id
 * of the last chunk that arrived. Before the first chunk there is no id, and the same message again would be a
 * second call to Claude: from the second time on, it carries an id that the server refuses.
 */
export function createSendOnceEncoder(): Encoder {
  const sent = new WeakSet<Message>();
  const guard = (message: Message): Message => {
    if (message.method !== 'subscription') return message;
    if (sent.has(message)) return { ...message, params: { lastEventId: NOTHING_SEEN, ...definedOf(message.params) } };
    sent.add(message);
    return message;
  };
  return {
    encode: (data) => jsonEncoder.encode(Array.isArray(data) ? data.map(guard) : guard(data as Message)),
    decode: (data) => jsonEncoder.decode(data),
  };
}

/** An id that is present but undefined would hide the one put in its place. */
function definedOf(params: Message['params'] = {}): object {
  const { lastEventId, ...rest } = params;
  return lastEventId === undefined ? rest : params;
}
