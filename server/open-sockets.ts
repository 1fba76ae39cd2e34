import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connections of a server, so that a stop waits for answers alone. Node's own `close` also waits for
 * connections that never sent a request, until their headers time out a minute later.
 */
export class OpenSockets {
  readonly #open = new Set<Socket>();
  readonly #busy = new Set<Socket>();
  #upgraded = 0;
  readonly #onEmpty: (() => void)[] = [];
  #closing = false;

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#open.add(socket);
      socket.once('close', () => {
        this.#open.delete(socket);
        this.#busy.delete(socket);
        if (this.#open.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
      });
    });
    server.on('request', ({ socket }, response) => {
      this.#busy.add(socket);
      response.once('close', () => {
        this.#busy.delete(socket);
        if (this.#closing) socket.destroySoon();
      });
    });
    server.on('upgrade', ({ socket }) => {
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
