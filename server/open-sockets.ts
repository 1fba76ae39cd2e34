import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { asksForWebSocket } from './plain-upgrades.ts';

/**
 * The connections of a server, so that a stop waits for answers alone. Node's own `close` also waits for
 * connections that never sent a request, until their headers time out a minute later.
 */
export class OpenSockets {
  readonly #open = new Set<Socket>();
  /** Those that carry a request, with its answer; a WebSocket has none. */
  readonly #busy = new Map<Socket, ServerResponse | undefined>();
  #upgraded = 0;
  readonly #onEmpty: (() => void)[] = [];
  #closing = false;

  constructor(server: Server) {
    server.on('connection', (socket) => {
      // One that offered another protocol is given to the server again.
      if (this.#open.has(socket)) return;
      this.#open.add(socket);
      socket.once('close', () => {
        this.#open.delete(socket);
        this.#busy.delete(socket);
        if (this.#open.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
      });
    });
    server.on('request', ({ socket }, response) => {
      this.#busy.set(socket, response);
      response.once('close', () => {
        if (this.#busy.get(socket) === response) this.#busy.delete(socket);
        if (this.#closing) socket.destroySoon();
      });
    });
    server.on('upgrade', (request) => {
      if (!asksForWebSocket(request)) return;
      const { socket } = request;
      this.#busy.set(socket, undefined);
      this.#upgraded += 1;
      socket.once('close', () => (this.#upgraded -= 1));
    });
  }

  /** Those that carry a request now. */
  get requests(): number {
    return this.#busy.size - this.#upgraded;
  }

  /** Those that carry nothing now. */
  get idle(): number {
    return this.#open.size - this.#busy.size;
  }

  /** Calls back once no request of this socket waits for its answer: at once, or when that is written. */
  afterAnswer(socket: Socket, callBack: () => void): void {
    const response = this.#busy.get(socket);
    if (response === undefined) callBack();
    else response.once('close', callBack);
  }

  /** Resolves when none is left. */
  async closed(): Promise<void> {
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  /** Closes what carries no request now, and each of the others as soon as its answer is written. */
  closeSilent(): void {
    this.#closing = true;
    for (const socket of this.#open) if (!this.#busy.has(socket)) socket.destroy();
  }

  closeAll(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
