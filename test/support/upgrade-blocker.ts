import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A proxy of HTTP in front of a server that lets no WebSocket through. */
export interface UpgradeBlocker extends AsyncDisposable {
  url: string;
  /** Attempts to open a WebSocket so far. */
  readonly upgrades: number;
}

/** With `silent`, an upgrade is neither refused nor answered. */
export async function startUpgradeBlocker(target: string, silent = false): Promise<UpgradeBlocker> {
  const { hostname, port } = new URL(target);
  const held = new Set<Socket>();
  let upgrades = 0;
  const proxy = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = forward({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  proxy.on('upgrade', (_request, socket: Socket) => {
    upgrades += 1;
    held.add(socket);
    socket.on('error', () => {});
    if (!silent) socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    get upgrades() {
      return upgrades;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of held) socket.destroy();
      proxy.close();
      proxy.closeAllConnections();
      await once(proxy, 'close');
    },
  };
}
