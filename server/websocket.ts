import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { authenticate } from './authenticate.ts';
import { logRefusal, MAX_SOCKET_SUBSCRIPTIONS } from './call-scope.ts';
import type { Context, Services, SocketScope } from './context.ts';
import { newRequestId } from './http.ts';
import { isLoopbackHost, isOriginAllowed } from './origin.ts';
import { appRouter } from './router.ts';

const PATH = '/trpc';
export const MAX_SOCKETS = 10_000;
/** Bytes that may wait for a slow reader before Claude is made to wait too. */
const HIGH_WATER = 1024 * 1024;

/** The WebSocket door of the router. */
export interface WebSocketDoor {
  /** Ends every socket with 1001 "going away". */
  close(): void;
}

export function attachWebSocket(server: Server, services: Services): WebSocketDoor {
  const { config, lifecycle } = services;
  const wss = new WebSocketServer({ noServer: true, maxPayload: config.bodyLimit, perMessageDeflate: false });
  applyWSSHandler<typeof appRouter>({
    wss,
    router: appRouter,
    createContext: ({ req, res, info }) => createSocketContext(services, req, res, info.signal, info.connectionParams),
    onError: ({ ctx, path, error }) => {
      if (ctx && path !== undefined) logRefusal(ctx, path, error);
    },
    keepAlive: { enabled: true, pingMs: 30_000, pongWaitMs: 10_000 },
    // tRPC's link sends whatever starts in one turn as one batch, and after a reconnect everything.
    maxBatchSize: MAX_SOCKET_SUBSCRIPTIONS,
  });

  server.on('upgrade', (request, socket, head) => {
    // A peer that resets before the handshake is over must not end the process.
    socket.on('error', () => socket.destroy());
    const { host } = request.headers;
    const [path, base] = [request.url ?? '/', `http://${host ?? 'localhost'}`];
    if (!URL.canParse(path, base)) refuse(socket, 400, 'Bad Request');
    else if (new URL(path, base).pathname !== PATH) refuse(socket, 404, 'Not Found');
    else if (config.keys.length === 0 && !isLoopbackHost(host)) refuse(socket, 403, 'Forbidden');
    else if (lifecycle.draining) refuse(socket, 503, 'Service Unavailable');
    else if (!isOriginAllowed(request.headers, config.corsOrigins)) refuse(socket, 403, 'Forbidden');
    else if (wss.clients.size >= MAX_SOCKETS) refuse(socket, 503, 'Service Unavailable');
    else wss.handleUpgrade(request, socket, head, (client) => wss.emit('connection', client, request));
  });
  return {
    close: () => {
      for (const client of wss.clients) client.close(1001, 'the server is shutting down');
      wss.close();
    },
  };
}

/** Made once for each socket; it never throws, because tRPC's client would reconnect for ever. */
function createSocketContext(
  services: Services,
  request: IncomingMessage,
  client: WebSocket,
  signal: AbortSignal,
  parameters: Record<string, string | undefined> | null,
): Context {
  const apiKey = parameters?.['apiKey'];
  return {
    services,
    requestId: newRequestId(),
    records: [],
    caller: authenticate(apiKey, services.config.keys),
    signal,
    strict: services.config.strict || parameters?.['strict'] === 'true',
    socket: createSocketScope(client, request, services.config.stallTimeoutMs),
    idempotencyKey: undefined,
    resumable: true,
    // Each call on a socket writes a line of its own, with its failure.
    broke: () => {},
    stoppedOnPurpose: () => client.readyState === client.OPEN,
  };
}

/** A reader that takes nothing for `stallTimeoutMs` is dropped; it may come back to its streams. */
function createSocketScope(client: WebSocket, { socket }: IncomingMessage, stallTimeoutMs: number): SocketScope {
  return {
    subscriptions: 0,
    async writable(ended) {
      while (client.bufferedAmount > HIGH_WATER && !socket.destroyed && !ended.aborted) {
        const stalled = setTimeout(() => client.terminate(), stallTimeoutMs);
        const over = new AbortController();
        const { signal } = over;
        const events = [
          once(socket, 'drain', { signal }),
          once(socket, 'close', { signal }),
          once(ended, 'abort', { signal }),
        ];
        await Promise.race(events).finally(() => {
          over.abort();
          clearTimeout(stalled);
        });
      }
    },
  };
}

function refuse(socket: Duplex, status: number, reason: string): void {
  const body = JSON.stringify({ error: { message: reason, type: 'invalid_request_error', param: null, code: null } });
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
