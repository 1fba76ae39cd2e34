import { createTRPCClient, httpLink, splitLink } from '@trpc/client';
import type { ChatCompletion } from '../shared/chat-completion.ts';
import type { ChatCompletionRequest } from '../shared/chat-request.ts';
import { OWN_CLIENT } from '../shared/liveness.ts';
import type { Model, ModelList } from '../shared/model.ts';
import type { AppRouter } from './contract/app-router.ts';
import { plainJson } from './contract/plain-json.ts';
import { checkedFetch } from './errors/checked-fetch.ts';
import { toTrestleError } from './errors/to-trestle-error.ts';
import type { ChatStream, ChatStreamOptions } from './stream/chat-stream.ts';
import type { CallOptions, CompleteOptions, StreamOptions, StreamTransportName } from './stream/options.ts';
import { SharedSocket } from './stream/shared-socket.ts';
import { createStreams } from './stream/streams.ts';
import type { WebSocketClass } from './stream/web-socket.ts';

export type { ChatCompletionChunk, Delta } from '../shared/chat-chunk.ts';
export type { ChatMessage } from '../shared/chat-message.ts';
export { type ErrorCode, TrestleError } from '../shared/error.ts';
export type { ErrorObject } from '../shared/error-response.ts';
export type { Notice } from '../shared/notice.ts';
export type { Tool, ToolCall } from '../shared/tool.ts';
export type { StreamState } from './stream/state.ts';
export type { ChatStreamOptions } from './stream/chat-stream.ts';
export type { CallOptions, CompleteOptions, ExtraFields, StreamOptions } from './stream/options.ts';
export type { AppRouter, ChatCompletion, ChatCompletionRequest, ChatStream, Model, ModelList, WebSocketClass };

export interface TrestleClientOptions {
  /** Where the server answers, e.g. `http://127.0.0.1:8787`. */
  url: string;
  /** One of the server's TRESTLE_API_KEYS. */
  apiKey?: string | undefined;
  /** Refuse what can't be honoured as asked, instead of naming it in a notice. @default false */
  strict?: boolean | undefined;
  /** @default globalThis.fetch */
  fetch?: typeof globalThis.fetch | undefined;
  /** @default the runtime's own, else that of the package `ws` */
  WebSocket?: WebSocketClass | undefined;
  /** How streams come: `auto` takes HTTP where no WebSocket can be opened. @default 'auto' */
  transport?: StreamTransportName | undefined;
}

/**
 * A typed client. Every failure is a {@link TrestleError}; one for which no server's answer came has
 * `status` 0 and a code such as `connection_error`. Nothing is ever asked of Claude a second time by itself.
 */
export interface TrestleClient {
  /** A whole answer. It comes over HTTP as a stream, so that no proxy takes a long one for a dead connection. */
  complete(
    request: ChatCompletionRequest & { stream?: false | null | undefined },
    options?: CompleteOptions,
  ): Promise<ChatCompletion>;
  /** An answer chunk by chunk, which goes on by itself after a lost connection. It stops when its reader does. */
  stream(request: ChatCompletionRequest, options?: StreamOptions): ChatStream;
  /**
   * Goes on with an answer after the chunk with this event id (`<completion id>:<n>`), or gives all of it again by its
   * completion id, or by the name of its request.
   */
  resume(which: string | { idempotencyKey: string }, options?: ChatStreamOptions): ChatStream;
  models: {
    list(options?: CallOptions): Promise<ModelList>;
    /** One model by its id, an alias or a retired id. */
    retrieve(id: string, options?: CallOptions): Promise<Model>;
  };
  /** Closes the socket; streams that still run fail, and end at Claude. */
  close(): Promise<void>;
}

export function createTrestleClient(options: TrestleClientOptions): TrestleClient {
  const { apiKey, strict = false, fetch, WebSocket, transport = 'auto' } = options;
  const url = options.url.replace(/\/+$/, '');
  const socket = new SharedSocket({
    url: `${url}/trpc`.replace(/^http/i, 'ws'),
    connectionParams: {
      [OWN_CLIENT]: 'typescript',
      ...(apiKey !== undefined && { apiKey }),
      ...(strict && { strict: 'true' }),
    },
    WebSocket,
  });
  const headers = {
    [OWN_CLIENT]: 'typescript',
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    ...(strict && { 'x-trestle-strict': 'true' }),
  };
  const trpc = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: socket.link,
        false: httpLink({ url: `${url}/trpc`, headers, transformer: plainJson, fetch: checkedFetch(fetch) as never }),
      }),
    ],
  });

  const streams = createStreams({
    transport,
    chat: trpc.chat,
    url,
    headers,
    fetch,
    renewSocket: () => socket.renew(),
  });

  return {
    complete: streams.complete,
    stream: streams.stream,
    resume: streams.resume,
    models: {
      list: ({ signal } = {}) => answer(trpc.models.list.query({}, given(signal)), signal),
      retrieve: (model, { signal } = {}) => answer(trpc.models.retrieve.query({ model }, given(signal)), signal),
    },
    close() {
      streams.close();
      return socket.close();
    },
  };
}

function given(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function answer<T>(call: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await call;
  } catch (thrown) {
    throw signal?.aborted ? signal.reason : toTrestleError(thrown);
  }
}
