import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP relay in front of a server, whose connections can be cut. */
export interface CuttingRelay extends AsyncDisposable {
  url: string;
  /** Connections so far. */
  readonly connections: number;
  /** Takes new connections to another server. */
  moveTo(target: string): void;
  /** Resets every open connection. */
  cut(): void;
  /** Whatever the server says on the open connections from now on does not arrive. */
  mute(): void;
  /** Passes nothing on any more over the open connections, and closes none of them. */
  freeze(): void;
  /** Of new connections, passes on what the server says first, such as the answer to an upgrade, and nothing else. */
  swallow(): void;
  /** Resets the server's side of the open connections, whose clients do not hear of it. */
  loseServers(): void;
}

export async function startRelay(target: string): Promise<CuttingRelay> {
  let { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const pipes = new Map<Socket, Socket>();
  /** Sockets whose end their other side does not hear of. */
  const hidden = new Set<Socket>();
  let connections = 0;
  let swallows = false;
  const relay = createServer((client) => {
    connections += 1;
    const server = connect(Number(port), hostname);
    pipes.set(server, client);
    if (swallows) {
      server.once('data', () => {
        client.unpipe(server).resume();
        setImmediate(() => server.unpipe(client).resume());
      });
    }
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        open.delete(from);
        pipes.delete(from);
        if (!hidden.has(from)) to.destroy();
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
    moveTo(other) {
      ({ hostname, port } = new URL(other));
    },
    cut,
    mute() {
      for (const [server, client] of pipes) server.unpipe(client).resume();
    },
    freeze() {
      for (const [server, client] of pipes) {
        server.unpipe(client).resume();
        client.unpipe(server).resume();
        hidden.add(server).add(client);
      }
    },
    swallow() {
      swallows = true;
    },
    loseServers() {
      for (const [server, client] of pipes) {
        client.unpipe(server).resume();
        hidden.add(server);
        server.resetAndDestroy();
      }
    },
    async [Symbol.asyncDispose]() {
      cut();
      relay.close();
      await once(relay, 'close');
    },
  };
}
