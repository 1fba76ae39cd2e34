/**
 * Gives a connection back to Node's HTTP server (20 to 24) by its `connection` event, with the bytes that were read. It
 * buys no time but an answer: Java's HTTP client offers `h2c` with each request, and Node would leave it without one.
 * `test/rest/offered-upgrades.test.ts` fails when Node changes what it hands over. Without this file such requests hang.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

interface Sockets {
  /** Calls back once no request of this socket waits for its answer. */
  afterAnswer(socket: Socket, callBack: () => void): void;
}

/** Whether a request asks for a WebSocket; any other protocol is only an offer, which a server may pass over. */
export function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.trim().toLowerCase() === 'websocket';
}

/**
 * Node's option `shouldUpgradeCallback` (from 24.9 on): whether the connection is taken from the HTTP server. A request
 * with a body stays there, as the connection could be given back only without it; what is pipelined right behind such
 * a body Node loses. Any other one is taken, and given back by {@link answerPlainUpgrades}.
 */
export function takesConnection(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return asksForWebSocket(request) || (encoding === undefined && !(Number(length) > 0));
}

/**
 * Answers requests that offer another protocol (`Upgrade: h2c`, as Java's HTTP client does on every plain request)
 * over HTTP/1.1, as RFC 9110 section 7.8 asks for. Once anybody listens for upgrades, Node takes the connection of
 * each such request away from the HTTP server; so the connection is given to the server again, together with what was
 * read of it, without the offer.
 */
export function answerPlainUpgrades(server: Server, sockets: Sockets): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, rest: Buffer) => {
    if (asksForWebSocket(request)) return;
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    // A pipelined request waits for the answer to the one before it, as HTTP/1.1 has it.
    sockets.afterAnswer(socket as Socket, () => {
      socket.off('error', onError);
      if (socket.destroyed) return;
      socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), rest]));
      server.emit('connection', socket);
    });
  });
}

/** The bytes of a request before its body, without `Upgrade` and what belongs to it. */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name, value] = [rawHeaders[index]!, rawHeaders[index + 1]!];
    if (/^(upgrade|http2-settings)$/i.test(name)) continue;
    text += `${name}: ${/^connection$/i.test(name) ? withoutOffer(value) : value}\r\n`;
  }
  return `${text}\r\n`;
}

/** `Connection` without the names of the fields that are left out. */
function withoutOffer(connection: string): string {
  const options = connection.split(',').map((option) => option.trim());
  return options.filter((option) => !/^(upgrade|http2-settings)$/i.test(option)).join(', ') || 'keep-alive';
}
