import { createWSClient, TRPCClientError, type TRPCLink, type TRPCWebSocketClient, wsLink } from '@trpc/client';
import { observable, type Unsubscribable } from '@trpc/server/observable';
import superjson from 'superjson';
import type { AppRouter } from '../server/router.ts';
import { createSendOnceEncoder } from './send-once.ts';
import { findWebSocket, type WebSocketClass } from './web-socket.ts';

/** Quiet for this long and without streams, the socket is closed, so that a script can end. */
const CLOSE_AFTER_MS = 1000;

export interface StreamSocketOptions {
  url: string;
  connectionParams: Record<string, string>;
  WebSocket?: WebSocketClass | undefined;
}

/** The one socket that all streams of a client share: opened by the first, given up when it is lost and none waits. */
export class StreamSocket {
  readonly #options: StreamSocketOptions;
  #client: TRPCWebSocketClient | undefined;
  #streams = 0;

  constructor(options: StreamSocketOptions) {
    this.#options = options;
  }

  /** The terminating link of subscriptions. */
  readonly link: TRPCLink<AppRouter> =
    (runtime) =>
    ({ op, next }) =>
      observable((observer) => {
        let inner: Unsubscribable | undefined;
        let over = false;
        this.#streams += 1;
        const begin = async (): Promise<void> => {
          const client = await this.#connect();
          if (over) return;
          const link = wsLink<AppRouter>({ client, transformer: superjson });
          inner = link(runtime)({ op, next }).subscribe(observer);
          if (over) inner.unsubscribe();
        };
        begin().catch((thrown: Error) => observer.error(TRPCClientError.from(thrown)));
        return () => {
          over = true;
          inner?.unsubscribe();
          this.#streams -= 1;
          this.#giveUpIfLost();
        };
      });

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }

  async #connect(): Promise<TRPCWebSocketClient> {
    const WebSocket = this.#options.WebSocket ?? (await findWebSocket());
    return (this.#client ??= this.#create(WebSocket));
  }

  #create(WebSocket: WebSocketClass): TRPCWebSocketClient {
    const { url, connectionParams } = this.#options;
    const client = createWSClient({
      url,
      connectionParams,
      WebSocket: WebSocket as never,
      lazy: { enabled: true, closeMs: CLOSE_AFTER_MS },
      keepAlive: { enabled: true, intervalMs: 15_000, pongTimeoutMs: 10_000 },
      experimental_encoder: createSendOnceEncoder(),
    });
    client.connectionState.subscribe({ next: () => this.#giveUpIfLost() });
    return client;
  }

  /** Left alone, tRPC's client would try to connect again for ever, and keep the process alive. */
  #giveUpIfLost(): void {
    const state = this.#client?.connectionState.get();
    if (this.#streams === 0 && state?.state === 'connecting' && state.error !== null) void this.close();
  }
}
