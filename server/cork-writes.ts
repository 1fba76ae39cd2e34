import type { WebSocket } from 'ws';
import type { Duplex } from 'node:stream';

/**
 * Lets all that is sent in one turn of the event loop leave in one write: chunks come in bursts, and a system call
 * for each frame costs more than making it.
 */
export function corkWrites(client: WebSocket, socket: Duplex): void {
  const send = client.send.bind(client) as (...message: unknown[]) => void;
  let corked = false;
  const uncork = (): void => {
    corked = false;
    socket.uncork();
  };
  client.send = (...message: unknown[]) => {
    if (!corked) {
      corked = true;
      socket.cork();
      setImmediate(uncork);
    }
    send(...message);
  };
}
