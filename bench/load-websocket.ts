import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type Job, type Outcome, Stopwatch } from './job.ts';
import { FIRST_PIECE } from './sample-text.ts';

/** The frames in which tRPC says what is no data are short ones. */
const MAX_CONTROL = 120;

/** One stream after the other on each of so many sockets, in the frames of tRPC's own protocol. */
export async function loadWebSocket(job: Job): Promise<Outcome> {
  const sockets = await Promise.all(Array.from({ length: job.connections }, () => connect(job)));
  const input = { json: job.body };
  const watch = new Stopwatch(job.seconds);
  await Promise.all(
    sockets.map(async (socket) => {
      for (let id = 1; watch.running; id += 1) {
        const startedAt = performance.now();
        const firstToken = readStream(socket, job.stream!.events, startedAt);
        socket.send(JSON.stringify({ id, method: 'subscription', params: { path: 'chat.stream', input } }));
        const first = await firstToken;
        watch.record(performance.now() - startedAt, first);
      }
    }),
  );
  const outcome = watch.outcome();
  for (const socket of sockets) socket.terminate();
  return outcome;
}

async function connect({ url, headers }: Job): Promise<WebSocket> {
  const socket = new WebSocket(`${url}?connectionParams=1`, { perMessageDeflate: false });
  await once(socket, 'open');
  const apiKey = headers['authorization']!.replace('Bearer ', '');
  socket.send(JSON.stringify({ method: 'connectionParams', data: { apiKey } }));
  return socket;
}

/** Resolves at the end of the stream that runs on the socket, to the time of its first content. */
function readStream(socket: WebSocket, events: number, startedAt: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    let count = 0;
    let firstToken: number | undefined;
    const finish = (failure?: Error): void => {
      socket.off('message', read);
      socket.off('close', lost);
      if (failure) reject(failure);
      else resolve(firstToken);
    };
    const lost = (): void => finish(new Error('the socket was closed'));
    const read = (data: Buffer): void => {
      if (data.length > MAX_CONTROL) {
        count += 1;
        if (firstToken === undefined && data.includes(FIRST_PIECE)) firstToken = performance.now() - startedAt;
        if (data.subarray(0, 30).includes('"error"')) finish(new Error(data.toString()));
        return;
      }
      if (data.equals(Buffer.from('PING'))) socket.send('PONG');
      else if (data.includes('"stopped"'))
        finish(count >= events ? undefined : new Error(`the stream stopped after ${count} events`));
    };
    socket.on('message', read);
    socket.on('close', lost);
  });
}
