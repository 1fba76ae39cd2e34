import { once } from 'node:events';
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from '@trpc/client';
import superjson from 'superjson';
import { WebSocket } from 'ws';
import type { AppRouter } from '../../server/trpc/routers/app-router.ts';
import type { AppResource } from '../support/app-resource.ts';

export interface SocketClient extends AsyncDisposable {
  client: TRPCClient<AppRouter>;
  /** Sockets opened so far; more than one means that it reconnected. */
  readonly opened: number;
}

/** tRPC's own client over a WebSocket. */
export function connect({ url, apiKey: right }: AppResource, { apiKey = right } = {}): SocketClient {
  let opened = 0;
  const socket = createWSClient({
    url: `${url.replace('http', 'ws')}/trpc`,
    // Sound: ws has all of the DOM's WebSocket that the link uses.
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    connectionParams: { apiKey },
    retryDelayMs: () => 10,
    onOpen: () => (opened += 1),
  });
  return {
    client: createTRPCClient<AppRouter>({ links: [wsLink({ client: socket, transformer: superjson })] }),
    get opened() {
      return opened;
    },
    [Symbol.asyncDispose]: async () => {
      await socket.close();
    },
  };
}

/** A frame from the server, as much of it as tests read. */
export interface Frame {
  id: number | null;
  result?: { type: string; id?: string; data?: { json: { id: string; data: { choices: unknown[] } } } };
  error?: { json: { message: string; code: number; data: { httpStatus: number; code: string; error: unknown } } };
}

/** A socket that speaks the protocol by hand. */
export interface RawSocket extends AsyncDisposable {
  socket: WebSocket;
  /** Everything that came, text frames such as PING as they are. */
  frames: (Frame | string)[];
  send(message: unknown): void;
  /** Starts `chat.stream` under this id. */
  subscribe(id: number, input: object, lastEventId?: string): void;
}

export async function openRaw(
  { url, apiKey }: AppResource,
  { headers = {}, parameters = {} } = {},
): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/trpc?connectionParams=1`, { headers });
  const frames: RawSocket['frames'] = [];
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    frames.push(/^P[IO]NG$/.test(text) ? text : (JSON.parse(text) as Frame));
  });
  await once(socket, 'open');
  const send = (message: unknown): void => socket.send(JSON.stringify(message));
  send({ method: 'connectionParams', data: { apiKey, ...parameters } });
  return {
    socket,
    frames,
    send,
    subscribe: (id, input, lastEventId) =>
      send({ id, method: 'subscription', params: { path: 'chat.stream', input: { json: input }, lastEventId } }),
    async [Symbol.asyncDispose]() {
      if (socket.readyState === WebSocket.CLOSED) return;
      const closed = once(socket, 'close');
      socket.terminate();
      await closed;
    },
  };
}
