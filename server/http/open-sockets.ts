import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { asksForWebSocket } from './plain-upgrades.ts';

/**
 * The connections of a server, so that a stop waits for answers alone. Node's own `close` also waits for
 * connections that never sent a request, until their headers time out a minute later.
 */
export class OpenSockets {
  readonly #open = new Set<Socket>();
  /** Those that carry a request. Not with its answer: what a map's old tables hold outlives many young collections. */
  readonly #busy = new Set<Socket>();
  /** What is to be done when the answer of a socket is written. */
  readonly #waiting = new Map<Socket, () => void>();
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
        this.#waiting.delete(socket);
        this.#busy.delete(socket);
        if (this.#open.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
      });
    });
    server.on('request', ({ socket }, response) => {
      this.#busy.add(socket);
      response.once('close', () => {
        this.#busy.delete(socket);
        if (this.#closing) socket.destroySoon();
        if (this.#waiting.size > 0) this.#answered(socket);
      });
    });
    server.on('upgrade', (request) => {
      if (!asksForWebSocket(request)) return;
      const { socket } = request;
      this.#busy.add(socket);
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
    if (this.#busy.has(socket)) this.#waiting.set(socket, callBack);
    else callBack();
  }

  #answered(socket: Socket): void {
    const callBack = this.#waiting.get(socket);
    this.#waiting.delete(socket);
    callBack?.();
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
