import { createWSClient, TRPCClientError, type TRPCLink, type TRPCWebSocketClient, wsLink } from '@trpc/client';
import { observable, type Unsubscribable } from '@trpc/server/observable';
import type { AppRouter } from '../contract/app-router.ts';
import { plainJson } from '../contract/plain-json.ts';
import { liveSockets } from './live-socket.ts';
import { retryDelay } from './patience.ts';
import { resumeEncoder } from './resume-encoder.ts';
import { findWebSocket, type WebSocketClass } from './web-socket.ts';

/** Quiet for this long and without streams, the socket is closed, so that a script can end. */
const CLOSE_AFTER_MS = 1000;

export interface StreamSocketOptions {
  url: string;
  connectionParams: Record<string, string>;
  WebSocket?: WebSocketClass | undefined;
}

/** The one socket that all streams of a client share: opened by the first, given up when it is lost and none waits. */
export class SharedSocket {
  readonly #options: StreamSocketOptions;
  #client: TRPCWebSocketClient | undefined;
  /** Those that another one has taken the place of, until they are closed. */
  readonly #replaced = new Set<TRPCWebSocketClient>();
  #streams = 0;
  /** Tries to connect since something came over a connection. */
  #tries = 0;
  /** Whether something came over the newest socket: some proxies take the handshake and swallow all that follows. */
  #heard = false;
  /** What waits for that. */
  readonly #untilHeard = new Set<() => void>();

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
        let release = (): void => {};
        this.#streams += 1;
        const begin = async (): Promise<void> => {
          const client = await this.#connect();
          if (over) return;
          const link = wsLink<AppRouter>({ client, transformer: plainJson });
          let begun = false;
          inner = link(runtime)({ op, next }).subscribe({
            ...observer,
            next: (envelope) => {
              const { result } = envelope;
              if (result.type === 'data') this.#tries = 0;
              // The state until now: of an earlier failure, or of a socket that was lost while nobody used it.
              if (result.type === 'state' && !begun && client.connection?.state !== 'open') return;
              // A connection is one when it is known to work.
              release();
              if (result.type !== 'state' || result.state !== 'pending' || this.#heard) observer.next(envelope);
              else release = this.#onceHeard(() => observer.next(envelope));
            },
          });
          begun = true;
          if (over) inner.unsubscribe();
        };
        begin().catch((thrown: Error) => observer.error(TRPCClientError.from(thrown)));
        return () => {
          over = true;
          release();
          inner?.unsubscribe();
          this.#streams -= 1;
          this.#giveUpIfLost();
        };
      });

  /** Has the next stream open another socket: the server of this one is about to stop. */
  renew(): void {
    const client = this.#client;
    if (client === undefined) return;
    this.#client = undefined;
    this.#replaced.add(client);
    // It carries its other streams to their end, and then closes by itself.
    client.connectionState.subscribe({ next: ({ state }) => void (state === 'idle' && this.#replaced.delete(client)) });
  }

  async close(): Promise<void> {
    const clients = [...this.#replaced, ...(this.#client ? [this.#client] : [])];
    this.#client = undefined;
    this.#replaced.clear();
    await Promise.all(clients.map(closeClient));
  }

  async #connect(): Promise<TRPCWebSocketClient> {
    const WebSocket = this.#options.WebSocket ?? (await findWebSocket());
    return (this.#client ??= this.#create(WebSocket));
  }

  #create(WebSocket: WebSocketClass): TRPCWebSocketClient {
    const { url, connectionParams } = this.#options;
    const client: TRPCWebSocketClient = createWSClient({
      url,
      connectionParams,
      WebSocket: liveSockets(WebSocket, {
        onCreate: () => (this.#heard = false),
        onHeard: () => this.#hear(),
      }) as never,
      lazy: { enabled: true, closeMs: CLOSE_AFTER_MS },
      experimental_encoder: resumeEncoder,
      // tRPC's client would still take it for open when the next stream comes.
      onClose: () => {
        if (this.#streams === 0 && this.#client === client) void this.close();
      },
      retryDelayMs: () => retryDelay(this.#tries++),
    });
    client.connectionState.subscribe({ next: () => this.#giveUpIfLost() });
    return client;
  }

  #hear(): void {
    if (this.#heard) return;
    this.#heard = true;
    const waiting = [...this.#untilHeard];
    this.#untilHeard.clear();
    for (const go of waiting) go();
  }

  /** What it returns forgets about it. */
  #onceHeard(go: () => void): () => void {
    this.#untilHeard.add(go);
    return () => void this.#untilHeard.delete(go);
  }

  /** Left alone, tRPC's client would try to connect again for ever, and keep the process alive. */
  #giveUpIfLost(): void {
    const state = this.#client?.connectionState.get();
    if (this.#streams === 0 && state?.state === 'connecting') void this.close();
  }
}

/** tRPC's client waits for a socket that is being opened, which may be for ever. */
async function closeClient(client: TRPCWebSocketClient): Promise<void> {
  if (client.connection?.state === 'connecting') client.connection.ws.close();
  await client.close();
}
