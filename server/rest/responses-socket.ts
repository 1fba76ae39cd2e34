import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { TrestleError } from '../../shared/error.ts';
import { SilenceWatch } from '../../shared/silence-watch.ts';
import { admit } from '../calls/admit.ts';
import { PACE } from '../http/keep-alive.ts';
import { newRequestId } from '../http/request-id.ts';
import type { WebSocketDoor } from '../http/web-socket-doors.ts';
import type { Services } from '../services.ts';
import { type Context, isStrict } from '../trpc/context.ts';
import { corkSocket } from '../trpc/doors/cork-socket.ts';
import { createSocketScope } from '../trpc/doors/socket-scope.ts';
import { ResponsesConnection } from './responses-connection.ts';

/** OpenAI's WebSocket of the Responses API: a request is a frame, and each event of its answer is one. */
export function createResponsesSocketDoor(services: Services): WebSocketDoor {
  const { config } = services;
  const wss = new WebSocketServer({ noServer: true, maxPayload: config.bodyLimit, perMessageDeflate: false });
  const connections = new Map<WebSocket, ResponsesConnection>();
  return {
    path: '/v1/responses',
    refusal({ headers }) {
      // Clients take 426 for the word that there is no WebSocket here, and go on over HTTP at once.
      if (!config.responsesWebSocket) {
        const error = new TrestleError(
          'invalid_request',
          'There is no WebSocket here; send requests over HTTP',
        ).toObject();
        return { status: 426, reason: 'Upgrade Required', error };
      }
      const refusal = admit({ headers }, services, 'http').refusal();
      return refusal && { status: refusal.status, reason: 'Unauthorized', error: refusal.toObject() };
    },
    accept(request, socket, head) {
      wss.handleUpgrade(request, socket, head, (client) => {
        corkSocket(client, socket);
        keepAlive(client);
        const socketScope = createSocketScope(client, request, config.stallTimeoutMs);
        const connected: Connected = { services, socket: socketScope, connection: randomUUID(), request, client };
        const connection = new ResponsesConnection(client, (signal) => contextOf(connected, signal));
        connections.set(client, connection);
        client.on('close', () => connections.delete(client));
      });
    },
    close() {
      for (const client of wss.clients) client.close(1001, 'the server is shutting down');
      wss.close();
    },
    moveClients() {
      for (const connection of connections.values()) connection.leave();
    },
    get size() {
      return wss.clients.size;
    },
  };
}

/** Pings the other side, and ends a socket that gives no sign of life. */
function keepAlive(client: WebSocket): void {
  const watch = new SilenceWatch(PACE.others.silence, () => client.terminate());
  const pings = setInterval(() => client.ping(), PACE.others.sayEvery);
  for (const sign of ['message', 'ping', 'pong'] as const) client.on(sign, () => watch.heard());
  client.on('close', () => {
    clearInterval(pings);
    watch.stop();
  });
}

interface Connected extends Pick<Context, 'services' | 'socket' | 'connection'> {
  request: IncomingMessage;
  client: WebSocket;
}

/** The context of one request on a connection. */
function contextOf({ services, socket, connection, request, client }: Connected, signal: Context['signal']): Context {
  const { headers } = request;
  return {
    services,
    requestId: newRequestId(),
    records: [],
    admission: admit({ headers }, services, 'http'),
    signal,
    strict: isStrict(services.config, request),
    socket,
    connection,
    idempotencyKey: undefined,
    // A client that is gone has no way to name what it asked for.
    resumable: false,
    broke: () => {},
    stoppedOnPurpose: () => client.readyState === client.OPEN,
  };
}
