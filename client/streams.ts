import type { TRPCClient } from '@trpc/client';
import type { AppRouter } from '../server/router.ts';
import { createAutoTransport, createSocketOnlyTransport } from './auto-transport.ts';
import { ChatStream, type ChatStreamOptions } from './chat-stream.ts';
import type { Fetch } from './checked-fetch.ts';
import { connectionError } from './connection-error.ts';
import { createHttpTransport } from './http-transport.ts';
import type { TrestleClient } from './index.ts';
import { createSocketTransport } from './socket-transport.ts';
import type { StreamCall, StreamTransport } from './stream-transport.ts';

export type StreamTransportName = 'auto' | 'websocket' | 'http';

interface StreamsOptions {
  transport: StreamTransportName;
  chat: TRPCClient<AppRouter>['chat'];
  /** Of the server, without a slash at its end. */
  url: string;
  headers: Record<string, string>;
  fetch: Fetch | undefined;
}

interface Streams extends Pick<TrestleClient, 'stream' | 'resume'> {
  /** Fails what runs. */
  close(): void;
}

/** The streams of one client. */
export function createStreams(options: StreamsOptions): Streams {
  const transport = chooseTransport(options);
  const running = new Set<ChatStream>();
  const create = (call: StreamCall, options: ChatStreamOptions): ChatStream => {
    const lastEventId = 'lastEventId' in call ? call.lastEventId : undefined;
    const stream = new ChatStream(
      (sink) => {
        running.add(stream);
        return transport(call, sink);
      },
      options,
      lastEventId,
    );
    stream.on('state', (state) => void (state === 'closed' && running.delete(stream)));
    return stream;
  };
  return {
    stream: (request, { idempotencyKey = randomKey(), ...rest } = {}) => create({ request, idempotencyKey }, rest),
    resume: (id, rest = {}) => create({ lastEventId: /:-?\d+$/.test(id) ? id : `${id}:-1` }, rest),
    close() {
      const reason = connectionError('The client was closed before the stream ended');
      for (const stream of running) stream.abort(reason);
    },
  };
}

function chooseTransport({ transport, chat, url, headers, fetch }: StreamsOptions): StreamTransport {
  const http = createHttpTransport({
    url,
    headers,
    fetch,
    // Where it does not arrive, the answer ends after the server's grace period.
    cancel: (which) => void chat.cancel.mutate(which).catch(() => {}),
  });
  if (transport === 'http') return http;
  const socket = createSocketTransport(chat);
  return transport === 'auto' ? createAutoTransport(socket, http) : createSocketOnlyTransport(socket);
}

/** Not `randomUUID`, which pages have only where they came by https. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
