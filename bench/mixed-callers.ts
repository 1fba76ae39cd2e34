import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { WebSocket } from 'ws';
import { MODEL } from './modes.ts';

/** What the program is told: where to call, and for how long. */
export interface Soak {
  url: string;
  webSocketUrl: string;
  key: string;
  callers: number;
  seconds: number;
}

/** What came of it: how often each kind of call went as it should, and what did not. */
export interface Soaked {
  counts: Record<string, number>;
  failures: string[];
}

const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'search_orders',
      description: 'Searches the orders',
      parameters: { type: 'object', properties: { customer: { type: 'string' } }, required: ['customer'] },
    },
  },
];
const PING = Buffer.from('PING');
let agent = new Agent({ keepAlive: true });
let soak: Soak;
let calls = 0;

function bodyOf(mood: string): object {
  calls += 1;
  const content = `Tell me about trestles, for the ${calls}th time. mood:${mood}`;
  return {
    model: MODEL,
    max_tokens: 1024,
    messages: [{ role: 'user', content }],
    ...(mood === 'tools' && { tools: TOOLS }),
  };
}

/** Sends a request. The connection of one that is to be cut is its own. */
async function post(mood: string, stream: boolean, headers: object = {}): Promise<IncomingMessage> {
  const text = JSON.stringify({ ...bodyOf(mood), stream });
  const call = request(soak.url, {
    agent,
    method: 'POST',
    headers: {
      authorization: `Bearer ${soak.key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...headers,
    },
  });
  call.on('error', () => {});
  call.end(text);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  return answer;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string;
  return text;
}

function expect(what: boolean, text: string): void {
  if (!what) throw new Error(text.slice(-300));
}

async function whole(mood: string, status: number, part: string): Promise<void> {
  const answer = await post(mood, false, Math.random() < 0.2 ? { 'idempotency-key': `soak-${calls}` } : {});
  const text = await textOf(answer);
  expect(answer.statusCode === status && text.includes(part), `${answer.statusCode} ${text}`);
}

async function events(mood: string, isWhole: boolean, part: string): Promise<void> {
  const text = await textOf(await post(mood, true, Math.random() < 0.2 ? { 'idempotency-key': `soak-${calls}` } : {}));
  expect(text.includes(part) && text.endsWith('data: [DONE]\n\n') === isWhole, text);
}

/** Leaves after the first bytes of a stream. */
async function leave(mood: string): Promise<void> {
  const answer = await post(mood, true);
  await once(answer, 'data');
  answer.destroy();
}

async function openSocket(): Promise<WebSocket> {
  const socket = new WebSocket(`${soak.webSocketUrl}?connectionParams=1`, { perMessageDeflate: false });
  socket.on('message', (data: Buffer) => {
    if (data.equals(PING)) socket.send('PONG');
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ method: 'connectionParams', data: { apiKey: soak.key } }));
  return socket;
}

function subscribe(socket: WebSocket, id: number, mood: string): void {
  const params = { path: 'chat.stream', input: { json: bodyOf(mood) } };
  socket.send(JSON.stringify({ id, method: 'subscription', params }));
}

/** Resolves with the frame that holds this text. */
function frame(socket: WebSocket, part: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new Error(`the socket was closed before ${part}`));
    socket.on('close', lost);
    socket.on('message', function read(data: Buffer) {
      if (!data.includes(part)) return;
      socket.off('message', read);
      socket.off('close', lost);
      resolve(data.toString());
    });
  });
}

async function socketStreams(mood: string, end: string): Promise<void> {
  const socket = await openSocket();
  for (const id of [1, 2, 3]) {
    const ended = frame(socket, end);
    subscribe(socket, id, mood);
    await ended;
  }
  socket.close();
  await once(socket, 'close');
}

async function socketStop(): Promise<void> {
  const socket = await openSocket();
  const first = frame(socket, 'word000');
  // Asked for now: all of the stream may come at once to a process that is busy.
  const stopped = frame(socket, '"stopped"');
  subscribe(socket, 1, 'slow');
  await first;
  socket.send(JSON.stringify({ id: 1, method: 'subscription.stop' }));
  await stopped;
  socket.close();
}

/** Loses its connection, and comes back to its stream on another one, or never. */
async function socketLoss(comesBack: boolean): Promise<void> {
  const socket = await openSocket();
  const first = frame(socket, 'word002');
  subscribe(socket, 1, 'slow');
  const lastEventId = /"id":"(chatcmpl-[^"]+:\d+)"/.exec(await first)![1];
  socket.terminate();
  if (!comesBack) return;
  const again = await openSocket();
  const ended = frame(again, '"stopped"');
  const params = { path: 'chat.stream', lastEventId, input: { json: bodyOf('slow') } };
  again.send(JSON.stringify({ id: 1, method: 'subscription', params }));
  await ended;
  again.close();
}

const KINDS: [name: string, run: () => Promise<void>][] = [
  ['JSON', () => whole('whole', 200, '"stop"')],
  ['JSON, overloaded', () => whole('overloaded', 503, 'overloaded')],
  ['JSON, refused', () => whole('refused', 400, 'invalid_request')],
  ['SSE', () => events('stream', true, '"stop"')],
  ['SSE, slow', () => events('slow', true, '"stop"')],
  ['SSE, tools', () => events('tools', true, '"tool_calls"')],
  ['SSE, broken by Claude', () => events('broken', false, 'upstream_error')],
  ['SSE, Claude goes mute', () => events('mute', false, 'upstream_timeout')],
  ['SSE, caller leaves', () => leave('slow')],
  ['SSE, caller leaves a mute one', () => leave('mute')],
  ['WebSocket', () => socketStreams('stream', '"stopped"')],
  ['WebSocket, tools', () => socketStreams('tools', '"stopped"')],
  ['WebSocket, broken by Claude', () => socketStreams('broken', '"error"')],
  ['WebSocket, stopped', socketStop],
  ['WebSocket, lost', () => socketLoss(false)],
  ['WebSocket, lost and found', () => socketLoss(true)],
];

/** One kind of call after the other, in an order of its own. */
async function callUntil(deadline: number, { counts, failures }: Soaked): Promise<void> {
  while (performance.now() < deadline && failures.length < 20) {
    const [name, run] = KINDS[Math.floor(Math.random() * KINDS.length)]!;
    try {
      await run();
      counts[name] = (counts[name] ?? 0) + 1;
    } catch (thrown) {
      failures.push(`${name}: ${String(thrown)}`);
    }
  }
}

async function run(): Promise<void> {
  const soaked: Soaked = { counts: {}, failures: [] };
  const deadline = performance.now() + soak.seconds * 1000;
  await Promise.all(Array.from({ length: soak.callers }, () => callUntil(deadline, soaked)));
  agent.destroy();
  process.send!(soaked);
}

/** A process of its own: callers of every sort, some of whom behave badly. */
process.on('message', (message: Soak) => {
  soak = message;
  agent = new Agent({ keepAlive: true });
  void run();
});
process.on('disconnect', () => process.exit());
process.send!({ port: null });
