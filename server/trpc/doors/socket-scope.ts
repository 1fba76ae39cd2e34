import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { SocketScope } from '../context.ts';

/** Bytes that may wait for a slow reader before Claude is made to wait too. */
const HIGH_WATER = 256 * 1024;

/** A reader that takes nothing for `stallTimeoutMs` is dropped; it may come back to its streams. */
export function createSocketScope(client: WebSocket, { socket }: IncomingMessage, stallTimeoutMs: number): SocketScope {
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
