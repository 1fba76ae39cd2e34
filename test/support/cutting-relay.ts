import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP relay in front of a server, whose connections can be cut. */
export interface CuttingRelay extends AsyncDisposable {
  url: string;
  /** Connections so far. */
  readonly connections: number;
  /** Resets every open connection. */
  cut(): void;
  /** Whatever the server says on the open connections from now on does not arrive. */
  mute(): void;
}

export async function startRelay(target: string): Promise<CuttingRelay> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const pipes = new Map<Socket, Socket>();
  let connections = 0;
  const relay = createServer((client) => {
    connections += 1;
    const server = connect(Number(port), hostname);
    pipes.set(server, client);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        open.delete(from);
        pipes.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    cut,
    mute() {
      for (const [server, client] of pipes) server.unpipe(client).resume();
    },
    async [Symbol.asyncDispose]() {
      cut();
      relay.close();
      await once(relay, 'close');
    },
  };
}
