import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorObject } from '../../shared/error-response.ts';
import { TrestleError } from '../../shared/error.ts';
import type { Services } from '../services.ts';
import { foreignOrigin } from './origin.ts';
import { asksForWebSocket } from './plain-upgrades.ts';

/** Something that is reached by a WebSocket at a path of its own. */
export interface WebSocketDoor {
  readonly path: string;
  /** Why a request may not have a socket; undefined where it may. */
  refusal?(request: IncomingMessage): { status: number; reason: string; error: ErrorObject } | undefined;
  /** Takes the connection of a request, whose handshake is still to be done. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends every socket with 1001 "going away". */
  close(): void;
  /** Has every client open another socket, and go on there. */
  moveClients(): void;
  /** Sockets that are open. */
  readonly size: number;
}

/** Leads each request for a WebSocket to its door, within the limits of all of them together. */
export class WebSocketDoors {
  readonly #doors: readonly WebSocketDoor[];

  constructor(server: Server, services: Services, doors: readonly WebSocketDoor[]) {
    this.#doors = doors;
    server.on('upgrade', (request, socket, head) => {
      if (!asksForWebSocket(request)) return;
      // A peer that resets before the handshake is over must not end the process.
      socket.on('error', () => socket.destroy());
      this.#lead(services, request, socket, head);
    });
  }

  close(): void {
    for (const door of this.#doors) door.close();
  }

  moveClients(): void {
    for (const door of this.#doors) door.moveClients();
  }

  get size(): number {
    return this.#doors.reduce((sum, door) => sum + door.size, 0);
  }

  #lead(services: Services, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { config, runningCalls } = services;
    const { host } = request.headers;
    const [path, base] = [request.url ?? '/', `http://${host ?? 'localhost'}`];
    if (!URL.canParse(path, base)) return refuse(socket, 400, 'Bad Request');
    const { pathname } = new URL(path, base);
    const door = this.#doors.find((one) => one.path === pathname);
    if (!door) return refuse(socket, 404, 'Not Found');
    if (runningCalls.draining) return refuse(socket, 503, 'Service Unavailable');
    const foreign = foreignOrigin(request.headers, services);
    if (foreign) return refuse(socket, foreign.status, 'Forbidden', foreign.toObject());
    const refusal = door.refusal?.(request);
    if (refusal) return refuse(socket, refusal.status, refusal.reason, refusal.error);
    if (this.size >= config.maxSockets) {
      const message = `The server carries ${config.maxSockets} WebSockets at a time; try again later`;
      const error = new TrestleError('too_many_sockets', message).toObject();
      return refuse(socket, 503, 'Service Unavailable', error);
    }
    door.accept(request, socket, head);
  }
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
