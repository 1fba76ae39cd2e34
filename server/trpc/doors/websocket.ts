import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ErrorObject } from '../../../shared/error-response.ts';
import { TrestleError } from '../../../shared/error.ts';
import { admit } from '../../calls/admit.ts';
import { MAX_BATCH } from '../../calls/batch-size.ts';
import type { Config } from '../../config.ts';
import { isOwnClient, keepSocketAlive, PACE, type SocketKeepAlive } from '../../http/keep-alive.ts';
import { foreignOrigin } from '../../http/origin.ts';
import { asksForWebSocket } from '../../http/plain-upgrades.ts';
import { newRequestId } from '../../http/request-id.ts';
import type { Services } from '../../services.ts';
import type { Context, SocketScope } from '../context.ts';
import { appRouter } from '../routers/app-router.ts';
import { logRefusal } from '../socket-call-log.ts';
import { chunkEncoder } from './chunk-frames.ts';
import { corkSocket } from './cork-socket.ts';
import { UnknownSockets } from './unknown-sockets.ts';

const PATH = '/trpc';
/** Bytes that may wait for a slow reader before Claude is made to wait too. */
const HIGH_WATER = 256 * 1024;

/** The WebSocket door of the router. */
export interface WebSocketDoor {
  /** Ends every socket with 1001 "going away". */
  close(): void;
  /** Tells every client to open another socket, and to take its streams there. */
  moveClients(): void;
  /** Sockets that are open. */
  readonly size: number;
}

export function attachWebSocket(server: Server, services: Services): WebSocketDoor {
  const { config, runningCalls } = services;
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
      if (context.admission.caller !== null) unknown.release(res);
      return context;
    },
    onError: ({ ctx, path, error }) => {
      if (ctx && path !== undefined) logRefusal(ctx, path, error);
    },
    // tRPC's link sends whatever starts in one turn as one batch, and after a reconnect everything.
    maxBatchSize: Math.max(MAX_BATCH.socket, config.maxSubscriptions),
  });

  server.on('upgrade', (request, socket, head) => {
    if (!asksForWebSocket(request)) return;
    // A peer that resets before the handshake is over must not end the process.
    socket.on('error', () => socket.destroy());
    const { host } = request.headers;
    const [path, base] = [request.url ?? '/', `http://${host ?? 'localhost'}`];
    const foreign = foreignOrigin(request.headers, config);
    if (!URL.canParse(path, base)) refuse(socket, 400, 'Bad Request');
    else if (new URL(path, base).pathname !== PATH) refuse(socket, 404, 'Not Found');
    else if (runningCalls.draining) refuse(socket, 503, 'Service Unavailable');
    else if (foreign) refuse(socket, foreign.status, 'Forbidden', foreign.toObject());
    else if (wss.clients.size >= config.maxSockets) refuse(socket, 503, 'Service Unavailable', tooManySockets(config));
    else {
      wss.handleUpgrade(request, socket, head, (client) => {
        corkSocket(client, socket);
        // After `ws`, which has read what came first, the key included, when the bytes are counted.
        unknown.watch(client, socket);
        keepAlives.set(client, keepSocketAlive(client));
        wss.emit('connection', client, request);
      });
    }
  });
  return {
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
    admission: admit({ headers: request.headers, apiKey: parameters?.['apiKey'] }, services.config.keys, 'websocket'),
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

/** A reader that takes nothing for `stallTimeoutMs` is dropped; it may come back to its streams. */
function createSocketScope(client: WebSocket, { socket }: IncomingMessage, stallTimeoutMs: number): SocketScope {
  const waiting = new Set<() => void>();
  let stalled: NodeJS.Timeout | undefined;
  const release = (): void => {
    clearTimeout(stalled);
    stalled = undefined;
    for (const go of waiting) go();
  };
  socket.on('drain', release);
  socket.on('close', release);
  return {
    calls: 0,
    get full() {
      return client.bufferedAmount > HIGH_WATER;
    },
    async writable(ended) {
      while (this.full && !socket.destroyed && !ended.aborted) {
        stalled ??= setTimeout(() => client.terminate(), stallTimeoutMs);
        await new Promise<void>((resolve) => {
          const go = (): void => {
            waiting.delete(go);
            ended.removeEventListener('abort', go);
            resolve();
          };
          waiting.add(go);
          ended.addEventListener('abort', go);
        });
      }
    },
  };
}

function tooManySockets({ maxSockets }: Config): ErrorObject {
  const message = `The server carries ${maxSockets} WebSockets at a time; try again later`;
  return new TrestleError('too_many_sockets', message).toObject();
}

function refuse(
  socket: Duplex,
  status: number,
  reason: string,
  error: ErrorObject = { message: reason, type: 'invalid_request_error', param: null, code: null },
): void {
  const body = JSON.stringify({ error });
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
