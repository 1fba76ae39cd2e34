import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { OpenSockets } from './http/open-sockets.ts';
import type { WebSocketDoors } from './http/web-socket-doors.ts';
import type { Services } from './services.ts';

/** Time for callers to send another request over a connection that they keep, and be told that it was the last. */
const QUIET_MS = 2000;
const LOOK_EVERY_MS = 25;

export interface HandOverOptions {
  server: Server;
  sockets: OpenSockets;
  webSocket: Pick<WebSocketDoors, 'moveClients'>;
  services: Services;
}

/**
 * Lets callers go over to another process that knows of this one's answers: WebSocket clients are told to open another
 * socket, and take their streams there. Resolves when nothing runs, or after so long to false.
 */
export function handOver(options: HandOverOptions, deadlineMs: number): Promise<boolean> {
  const closed = closeListener(options, deadlineMs);
  options.services.runningCalls.handingOver = true;
  options.webSocket.moveClients();
  return closed;
}

/**
 * Lets callers go over to another server, which knows nothing of the answers here. At first everything is taken, while
 * `/readyz` says that it soon will not be; then streams that run go on to their end, and a WebSocket takes no new
 * ones. Resolves like {@link handOver}.
 */
export async function leave(options: HandOverOptions, delayMs: number, deadlineMs: number): Promise<boolean> {
  const { runningCalls } = options.services;
  runningCalls.leaving = true;
  await wait(Math.min(delayMs, deadlineMs));
  runningCalls.socketsClosing = true;
  return await closeListener(options, Math.max(0, deadlineMs - delayMs));
}

/** Takes no new connections; those that are open carry calls to their end, and each answer closes its own. */
async function closeListener({ server, sockets, services }: HandOverOptions, deadlineMs: number): Promise<boolean> {
  const { runningCalls, answerStore } = services;
  // The close of node:http would also cut connections on which a request is just under way.
  NetServer.prototype.close.call(server);
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  const startedAt = performance.now();
  for (;;) {
    const passed = performance.now() - startedAt;
    const runs = sockets.requests > 0 || runningCalls.size > 0 || answerStore.running > 0;
    if (!runs && (sockets.idle === 0 || passed > QUIET_MS)) return true;
    if (passed > deadlineMs) return false;
    await wait(LOOK_EVERY_MS);
  }
}

/** Resolves when no answer is kept any more for callers that come back, or after so long. */
export async function untilReleased({ answerStore }: Services, longestMs: number): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const { kept, bytes } = answerStore.gauges();
    if ((kept === 0 && bytes === 0) || performance.now() - startedAt > longestMs) return;
    await wait(LOOK_EVERY_MS);
  }
}
