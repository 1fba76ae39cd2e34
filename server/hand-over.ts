import { Server as NetServer } from 'node:net';
import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Services } from './context.ts';
import type { OpenSockets } from './open-sockets.ts';
import type { WebSocketDoor } from './websocket.ts';

/** Time for callers to send another request over a connection that they keep, and be told that it was the last. */
const QUIET_MS = 2000;
const LOOK_EVERY_MS = 25;

export interface HandOverOptions {
  server: Server;
  sockets: OpenSockets;
  webSocket: WebSocketDoor;
  services: Services;
}

/**
 * Takes no new connections, and lets callers go over to another process: each answer closes its connection, WebSocket
 * clients are told to open another socket. Calls are taken all the while. Resolves when nothing runs, or after so long to false.
 */
export async function handOver(
  { server, sockets, webSocket, services }: HandOverOptions,
  deadlineMs: number,
): Promise<boolean> {
  const { lifecycle, generations } = services;
  // The close of node:http would also cut connections on which a request is just under way.
  NetServer.prototype.close.call(server);
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  lifecycle.handingOver = true;
  webSocket.moveClients();
  const startedAt = performance.now();
  for (;;) {
    const passed = performance.now() - startedAt;
    const runs = sockets.requests > 0 || lifecycle.size > 0 || generations.running > 0;
    if (!runs && (sockets.idle === 0 || passed > QUIET_MS)) return true;
    if (passed > deadlineMs) return false;
    await wait(LOOK_EVERY_MS);
  }
}

/** Resolves when no answer is kept any more for callers that come back, or after so long. */
export async function untilForgotten({ generations }: Services, longestMs: number): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const { kept, bytes } = generations.gauges();
    if ((kept === 0 && bytes === 0) || performance.now() - startedAt > longestMs) return;
    await wait(LOOK_EVERY_MS);
  }
}
