import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { toFrames } from '../../../server/trpc/doors/chunk-frames.ts';
import { corkSocket } from '../../../server/trpc/doors/cork-socket.ts';

/** The server's end of a connection, which counts its writes. One that is stuck takes nothing. */
class Wire extends Duplex {
  writes: Buffer[] = [];
  stuck = false;

  override _read(): void {}

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    if (!this.stuck) done();
  }
}

async function upgrade(wire: Wire): Promise<WebSocket> {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const headers = {
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  };
  const request = { method: 'GET', url: '/', headers } as unknown as IncomingMessage;
  const client = await new Promise<WebSocket>((resolve) =>
    server.handleUpgrade(request, wire, Buffer.alloc(0), resolve),
  );
  await setImmediate();
  wire.writes = [];
  return client;
}

const FRAMES = Buffer.concat([toFrames(['a', 'b', 'c']), toFrames(['d'])]);

function sendAll(client: WebSocket): void {
  client.send('a');
  client.send(toFrames(['b', 'c']));
  client.send('d');
}

it('writes once what is sent in one turn, in order', async () => {
  const wire = new Wire();
  const client = await upgrade(wire);
  corkSocket(client, wire);
  for (const turn of [1, 2]) {
    sendAll(client);
    await setImmediate();
    expect(wire.writes).toEqual(Array.from({ length: turn }, () => FRAMES));
  }
  client.terminate();
});

it('leaves it to ws to write each message by itself where it is not corked', async () => {
  const wire = new Wire();
  const client = await upgrade(wire);
  for (const text of ['a', 'b', 'c', 'd']) client.send(text);
  await setImmediate();
  expect(wire.writes.length).toBeGreaterThan(1);
  expect(Buffer.concat(wire.writes)).toEqual(FRAMES);
  client.terminate();
});

it('ends a socket whose reader takes nothing while it goes on asking', async () => {
  const wire = new Wire();
  const client = await upgrade(wire);
  corkSocket(client, wire);
  wire.stuck = true;
  client.send('x'.repeat(33 * 1024 * 1024));
  await setImmediate();
  expect([wire.destroyed, client.readyState]).toEqual([false, client.OPEN]);
  client.send('more');
  expect(wire.destroyed).toBe(true);
});

it('writes nothing to a socket that is closing', async () => {
  const wire = new Wire();
  const client = await upgrade(wire);
  corkSocket(client, wire);
  client.close();
  await setImmediate();
  const closing = Buffer.concat(wire.writes);
  client.send(toFrames(['late']));
  await setImmediate();
  expect(Buffer.concat(wire.writes)).toEqual(closing);
  client.terminate();
});
