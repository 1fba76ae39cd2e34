import { type AddressInfo, createServer, type Socket } from 'node:net';
import { MODES } from './modes.ts';
import { answerOf, jsonAnswer, type UpstreamAnswer } from './upstream-answers.ts';

/** A process of its own: Claude as bytes made beforehand. It skips bodies unread; a message tells it how to answer. */
const ANSWERS = new Map(MODES.map((mode) => [mode.id as string, answerOf(mode)]));
const NO_MODELS = jsonAnswer({ data: [], has_more: false, first_id: null, last_id: null });
const BLANK_LINE = Buffer.from('\r\n\r\n');

// Joined once: the answers at once are the hot ones.
for (const [id, { paceMs, opening, deltas, closing }] of ANSWERS) {
  if (paceMs > 0) continue;
  ANSWERS.set(id, {
    opening: Buffer.concat([opening, ...deltas, closing]),
    deltas: [],
    closing: Buffer.alloc(0),
    paceMs,
  });
}

let current = ANSWERS.get('json-small')!;
const paced = new Map<Socket, { answer: UpstreamAnswer; next: number }>();
let clock: NodeJS.Timeout | undefined;

function answer(socket: Socket, target: UpstreamAnswer): void {
  if (target.paceMs === 0) {
    socket.write(target.opening);
    return;
  }
  socket.write(Buffer.concat([target.opening, target.deltas[0]!]));
  paced.set(socket, { answer: target, next: 1 });
  // One clock for all streams: a timer each would cost more than the writes.
  clock ??= setInterval(tick, target.paceMs);
}

function tick(): void {
  for (const [socket, state] of paced) {
    const delta = state.answer.deltas[state.next++];
    socket.write(delta ?? state.answer.closing);
    if (delta === undefined) paced.delete(socket);
  }
  if (paced.size > 0) return;
  clearInterval(clock);
  clock = undefined;
}

function serve(socket: Socket): void {
  let head: Buffer = Buffer.alloc(0);
  let body = -1;
  let target = current;
  socket.on('data', (chunk) => {
    let rest: Buffer = chunk;
    while (rest.length > 0) {
      if (body < 0) {
        head = head.length === 0 ? rest : Buffer.concat([head, rest]);
        const end = head.indexOf(BLANK_LINE);
        if (end === -1) return;
        const text = head.toString('latin1', 0, end);
        rest = head.subarray(end + BLANK_LINE.length);
        head = Buffer.alloc(0);
        target = text.startsWith('POST') ? current : NO_MODELS;
        body = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
        if (/\r\ntransfer-encoding:/i.test(text))
          throw new Error('the fake upstream takes bodies of known length alone');
      }
      const skipped = Math.min(body, rest.length);
      body -= skipped;
      rest = rest.subarray(skipped);
      if (body > 0) return;
      body = -1;
      answer(socket, target);
    }
  });
  socket.on('close', () => paced.delete(socket));
  socket.on('error', () => socket.destroy());
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on('message', ({ mode }: { mode: string }) => {
  current = ANSWERS.get(mode)!;
  process.send!({ mode });
});
process.on('disconnect', () => process.exit());
