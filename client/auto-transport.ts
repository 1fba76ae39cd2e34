import { nobodyIsThere } from './connection-error.ts';
import { NeverConnected } from './socket-transport.ts';
import type { StreamTransport } from './stream-transport.ts';

/** WebSocket, and HTTP for a stream that no socket could be opened for; where only HTTP ever works, HTTP from then on. */
export function createAutoTransport(socket: StreamTransport, http: StreamTransport): StreamTransport {
  let socketsWork = false;
  let socketsFail = false;
  return (call, sink) => {
    if (socketsFail && !socketsWork) return http(call, sink);
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
        stopHttp = http(call, {
          ...sink,
          state(state) {
            // Now it is known that the server answers, and that it is the socket which does not get through.
            if (state === 'open') socketsFail = true;
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
