import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { FIRST_PIECE } from './sample-text.ts';

/** What the program is told to open. */
export interface Readers {
  url: string;
  webSocketUrl: string;
  key: string;
  body: object;
  serverSentEvents: number;
  sockets: number;
  streamsASocket: number;
}

/** What they have read so far. */
export interface Progress {
  begun: number;
  ended: number;
  events: number;
  failures: string[];
}

/** How many may be opening at a time. */
const OPENING = 200;
const progress: Progress = { begun: 0, ended: 0, events: 0, failures: [] };
const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
let opening = 0;

async function turn(): Promise<void> {
  while (opening >= OPENING) await wait(5);
  opening += 1;
}

function begun(): void {
  opening -= 1;
  progress.begun += 1;
}

/** A process of its own: thousands of readers. Counts, and keeps nothing of what it reads. */
function readEvents({ url, key, body }: Readers): void {
  const text = JSON.stringify({ ...body, stream: true });
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  };
  const call = request(url, { agent, method: 'POST', headers }, (answer) => {
    let first = true;
    let tail = '';
    answer.on('data', (chunk: Buffer) => {
      if (first && chunk.includes(FIRST_PIECE)) {
        first = false;
        begun();
      }
      progress.events += 1;
      tail = chunk.toString('latin1').slice(-20);
    });
    answer.on('end', () => {
      if (tail.includes('[DONE]')) progress.ended += 1;
      else progress.failures.push(`${answer.statusCode} …${tail}`);
    });
    answer.on('error', (error) => progress.failures.push(String(error)));
  });
  call.on('error', (error) => progress.failures.push(String(error)));
  call.end(text);
}

async function readSocket({ webSocketUrl, key, body, streamsASocket }: Readers): Promise<void> {
  const socket = new WebSocket(`${webSocketUrl}?connectionParams=1`, { perMessageDeflate: false });
  socket.on('error', (error) => progress.failures.push(String(error)));
  socket.on('message', (data: Buffer) => {
    if (data.equals(Buffer.from('PING'))) socket.send('PONG');
    else if (data.includes(FIRST_PIECE) && data.includes(':1"')) begun();
    else if (data.includes('"error"')) progress.failures.push(data.toString().slice(0, 300));
    else if (data.includes('"stopped"')) progress.ended += 1;
    progress.events += 1;
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ method: 'connectionParams', data: { apiKey: key } }));
  for (let id = 1; id <= streamsASocket; id += 1) {
    await turn();
    const params = { path: 'chat.stream', input: { json: body } };
    socket.send(JSON.stringify({ id, method: 'subscription', params }));
  }
}

async function open(readers: Readers): Promise<void> {
  for (let index = 0; index < readers.serverSentEvents; index += 1) {
    await turn();
    readEvents(readers);
  }
  for (let index = 0; index < readers.sockets; index += 1) await readSocket(readers);
}

process.on('message', (message: Readers | { progress: true }) => {
  if ('url' in message) {
    open(message).catch((thrown: unknown) => progress.failures.push(String(thrown)));
  }
  process.send!(progress);
});
process.on('disconnect', () => process.exit());
process.send!({ port: null });
