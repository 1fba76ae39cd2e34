/**
 * Counts what comes on a socket beside `ws` (8.23.0), which reads by a `data` listener too and leaves the socket flowing.
 * It buys no time: without a key a caller brings at most 64 KiB, where `ws` would take a whole message of the body limit
 * from each of 1,000 sockets. `test/trpc/unknown-sockets.test.ts` fails when `ws` reads in another way. Without this file
 * everything works, and unknown callers take as much memory and as many places as known ones.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Bytes that a socket may bring before its caller is known: the message with the key, and little beside it. */
const MAX_BYTES = 64 * 1024;
/** Time for the key. */
const KEY_WITHIN_MS = 5000;
/** How much of the sockets may be of unknown callers. */
const SHARE = 10;

/**
 * The WebSockets whose callers have not presented a valid key. They get little time, memory and room, so that nobody
 * without a key can take those of callers with one. `ws` knows one limit of a message's size for all of its sockets,
 * so bytes are counted here, before it has put a message together.
 */
export class UnknownSockets {
  readonly #limit: number;
  /** In the order of their opening; what each of them brought is counted until it is released. */
  readonly #release = new Map<WebSocket, () => void>();

  /** @param maxSockets of all callers together */
  constructor(maxSockets: number) {
    this.#limit = Math.max(1, Math.floor(maxSockets / SHARE));
  }

  /** Ends the socket when it brings too much, or takes too long, before {@link release}. */
  watch(client: WebSocket, socket: Duplex): void {
    for (const oldest of this.#release.keys()) {
      if (this.#release.size < this.#limit) break;
      // Whoever has a key presents it within one round trip.
      this.#end(oldest);
    }
    let bytes = 0;
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) this.#end(client);
    };
    const timer = setTimeout(() => this.#end(client), KEY_WITHIN_MS).unref();
    this.#release.set(client, () => {
      clearTimeout(timer);
      socket.off('data', count);
    });
    socket.on('data', count);
    client.once('close', () => this.release(client));
  }

  /** The caller is known, or gone. */
  release(client: WebSocket): void {
    this.#release.get(client)?.();
    this.#release.delete(client);
  }

  get size(): number {
    return this.#release.size;
  }

  /** At once: a peer that does not answer a closing handshake would keep its place for as long as it likes. */
  #end(client: WebSocket): void {
    this.release(client);
    client.terminate();
  }
}
