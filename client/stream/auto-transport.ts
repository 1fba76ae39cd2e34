import { nobodyIsThere } from '../errors/connection-error.ts';
import { NeverConnected } from './socket-transport.ts';
import type { StreamTransport } from './transport.ts';

/** How long HTTP is taken without trying a socket, at first and at most, in milliseconds: networks change. */
const FIRST_REST_MS = 60_000;
const MAX_REST_MS = 30 * 60_000;

/**
 * WebSocket, and HTTP for a stream over whose socket nothing ever came. Where HTTP works and sockets do not, HTTP for a
 * while, and longer each time.
 */
export function createAutoTransport(socket: StreamTransport, http: StreamTransport): StreamTransport {
  let socketsWork = false;
  let restMs = FIRST_REST_MS;
  let restUntil = 0;
  return (call, sink) => {
    if (!socketsWork && performance.now() < restUntil) return http(call, sink);
    let stopHttp: (() => void) | undefined;
    const stopSocket = socket(call, {
      ...sink,
      state(state) {
        if (state === 'open') socketsWork = true;
        sink.state(state);
      },
      fail(thrown) {
        if (!(thrown instanceof NeverConnected)) return sink.fail(thrown);
        if (nobodyIsThere(thrown.error)) return sink.fail(thrown.error);
        let known = false;
        stopHttp = http(call, {
          ...sink,
          state(state) {
            // Now it is known that the server answers, and that it is the socket which does not get through.
            if (state === 'open' && !known) {
              known = true;
              restUntil = performance.now() + restMs;
              restMs = Math.min(restMs * 2, MAX_REST_MS);
            }
            sink.state(state);
          },
        });
      },
    });
    return () => (stopHttp ?? stopSocket)();
  };
}

/** WebSocket alone. */
export function createSocketOnlyTransport(socket: StreamTransport): StreamTransport {
  return (call, sink) =>
    socket(call, {
      ...sink,
      fail: (thrown) => sink.fail(thrown instanceof NeverConnected ? thrown.error : thrown),
    });
}
