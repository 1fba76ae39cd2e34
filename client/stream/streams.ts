import type { TRPCClient } from '@trpc/client';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { TrestleError } from '../../shared/error.ts';
import { beforeFirst, parseEventId } from '../../shared/event-id.ts';
import type { AppRouter } from '../contract/app-router.ts';
import { checkJson } from '../contract/plain-json.ts';
import type { Fetch } from '../errors/checked-fetch.ts';
import { connectionError } from '../errors/connection-error.ts';
import { createAutoTransport, createSocketOnlyTransport } from './auto-transport.ts';
import { ChatStream, type ChatStreamOptions } from './chat-stream.ts';
import { createHttpTransport } from './http-transport.ts';
import type { CompleteOptions, StreamOptions, StreamTransportName } from './options.ts';
import { randomKey } from './random-key.ts';
import { createSocketTransport } from './socket-transport.ts';
import type { StreamCall, StreamTransport } from './transport.ts';

interface StreamsOptions {
  transport: StreamTransportName;
  chat: TRPCClient<AppRouter>['chat'];
  /** The server's URL, without a slash at its end. */
  url: string;
  headers: Record<string, string>;
  fetch: Fetch | undefined;
  /** Has the next stream open another socket. */
  renewSocket: () => void;
}

interface Streams {
  stream: (request: ChatCompletionRequest, options?: StreamOptions) => ChatStream;
  resume: (which: string | { idempotencyKey: string }, options?: ChatStreamOptions) => ChatStream;
  /** A whole answer, streamed inside, so that nothing on the way takes it for a dead connection. */
  complete: (request: ChatCompletionRequest, options?: CompleteOptions) => Promise<ChatCompletion>;
  /** Fails what runs. */
  close(): void;
}

/** The streams of one client. */
export function createStreams(options: StreamsOptions): Streams {
  const { http, chosen } = createTransports(options);
  const running = new Set<ChatStream>();
  const create = (call: StreamCall, options: ChatStreamOptions, transport = chosen): ChatStream => {
    const lastEventId = 'lastEventId' in call ? call.lastEventId : undefined;
    const stream = new ChatStream(
      (sink) => {
        try {
          if ('request' in call) checkJson(call.request);
        } catch (thrown) {
          sink.fail(thrown);
          return () => {};
        }
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
    async complete(asked, { extra, ...rest } = {}) {
      const request = { ...asked, ...extra };
      if (request.stream) {
        throw new TrestleError('invalid_value', 'complete() gives whole answers; call stream() for a streamed one', {
          param: 'stream',
        });
      }
      const whole = { ...request, stream_options: { ...request.stream_options, include_usage: true } };
      return await create({ request: whole, idempotencyKey: randomKey() }, rest, http).completion();
    },
    stream: (request, { idempotencyKey = randomKey(), extra, ...rest } = {}) =>
      create({ request: { ...request, ...extra }, idempotencyKey }, rest),
    resume(which, rest = {}) {
      if (typeof which !== 'string') return create({ idempotencyKey: which.idempotencyKey }, rest);
      return create({ lastEventId: parseEventId(which) ? which : beforeFirst(which) }, rest);
    },
    close() {
      const reason = connectionError('The client was closed before the stream ended');
      for (const stream of running) stream.abort(reason);
    },
  };
}

function createTransports({
  transport,
  chat,
  url,
  headers,
  fetch,
  renewSocket,
}: StreamsOptions): Record<'http' | 'chosen', StreamTransport> {
  const http = createHttpTransport({
    url,
    headers,
    fetch,
    // Where it does not arrive, the answer ends after the server's grace period.
    cancel: (which) => void chat.cancel.mutate(which).catch(() => {}),
  });
  if (transport === 'http') return { http, chosen: http };
  const socket = createSocketTransport(chat, { renew: renewSocket, hasAlternative: transport === 'auto' });
  const chosen = transport === 'auto' ? createAutoTransport(socket, http) : createSocketOnlyTransport(socket);
  return { http, chosen };
}
