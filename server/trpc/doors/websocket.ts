import type { IncomingMessage } from 'node:http';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { admit } from '../../calls/admit.ts';
import { MAX_BATCH } from '../../calls/batch-size.ts';
import { isOwnClient, keepSocketAlive, PACE, type SocketKeepAlive } from '../../http/keep-alive.ts';
import { newRequestId } from '../../http/request-id.ts';
import type { WebSocketDoor } from '../../http/web-socket-doors.ts';
import type { Services } from '../../services.ts';
import type { Context } from '../context.ts';
import { appRouter } from '../routers/app-router.ts';
import { logRefusal } from '../socket-call-log.ts';
import { chunkEncoder } from './chunk-frames.ts';
import { corkSocket } from './cork-socket.ts';
import { createSocketScope } from './socket-scope.ts';
import { UnknownSockets } from './unknown-sockets.ts';

/** The WebSocket door of the router. */
export function createTrpcSocketDoor(services: Services): WebSocketDoor {
  const { config } = services;
  const unknown = new UnknownSockets(config.maxSockets);
  const wss = new WebSocketServer({ noServer: true, maxPayload: config.bodyLimit, perMessageDeflate: false });
  const keepAlives = new WeakMap<WebSocket, SocketKeepAlive>();
  const handler = applyWSSHandler<typeof appRouter>({
    wss,
    router: appRouter,
    experimental_encoder: chunkEncoder,
    createContext: ({ req, res, info }) => {
      if (isOwnClient(info.connectionParams)) keepAlives.get(res)?.setPace(PACE.ownClient);
      const context = createSocketContext(services, req, res, info.signal, info.connectionParams);
      const { caller, isAdmin } = context.admission;
      if (caller !== null || isAdmin) unknown.release(res);
      return context;
    },
    onError: ({ ctx, path, error }) => {
      if (ctx && path !== undefined) logRefusal(ctx, path, error);
    },
    // tRPC's link sends whatever starts in one turn as one batch, and after a reconnect everything.
    maxBatchSize: Math.max(MAX_BATCH.socket, config.maxSubscriptions),
  });

  return {
    path: '/trpc',
    accept(request, socket, head) {
      wss.handleUpgrade(request, socket, head, (client) => {
        corkSocket(client, socket);
        // After `ws`, which has read what came first, the key included, when the bytes are counted.
        unknown.watch(client, socket);
        keepAlives.set(client, keepSocketAlive(client));
        wss.emit('connection', client, request);
      });
    },
    close: () => {
      for (const client of wss.clients) client.close(1001, 'the server is shutting down');
      wss.close();
    },
    moveClients: () => handler.broadcastReconnectNotification(),
    get size() {
      return wss.clients.size;
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
  return {
    services,
    requestId: newRequestId(),
    records: [],
    admission: admit({ headers: request.headers, apiKey: parameters?.['apiKey'] }, services, 'websocket'),
    signal,
    strict: services.config.strict || parameters?.['strict'] === 'true',
    socket: createSocketScope(client, request, services.config.stallTimeoutMs),
    idempotencyKey: undefined,
    resumable: true,
    // Each call on a socket writes a line of its own, with its failure.
    broke: () => {},
    // A client that takes its streams to another socket stops them on this one.
    stoppedOnPurpose: () => client.readyState === client.OPEN && !services.runningCalls.handingOver,
  };
}
