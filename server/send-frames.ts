import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/**
 * Lets all that is sent in one turn of the event loop leave in one write: chunks come in bursts, and a system call
 * for each frame costs more than making it. Bytes are frames already; texts become frames in `ws`.
 */
export function sendFrames(client: WebSocket, socket: Duplex): void {
  const send = client.send.bind(client) as (message: string) => void;
  let corked = false;
  const uncork = (): void => {
    corked = false;
    socket.uncork();
  };
  client.send = (message: string | Uint8Array) => {
    if (!corked) {
      corked = true;
      socket.cork();
      setImmediate(uncork);
    }
    if (typeof message === 'string') send(message);
    else if (client.readyState === client.OPEN) socket.write(message);
  };
}
