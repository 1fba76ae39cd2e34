import { type AddressInfo, createServer, type Socket } from 'node:net';
import { MODES } from './modes.ts';
import { answerOf, jsonAnswer } from './upstream-answers.ts';

/**
 * A process of its own: Claude that answers every request with a stream which goes on until it is told to end it.
 * Its only argument are the milliseconds between two deltas of a stream.
 */
const PACE_MS = Number(process.argv[2]);
/** The streams take turns, so that the deltas of all come evenly. */
const SLOTS = 50;
const { opening, deltas, closing } = answerOf(MODES.find(({ id }) => id === 'stream-paced')!);
const BEGINNING = Buffer.concat([opening, deltas[0]!]);
const NO_MODELS = jsonAnswer({ data: [], has_more: false, first_id: null, last_id: null }).opening;
const BLANK_LINE = '\r\n\r\n';

const slots = Array.from({ length: SLOTS }, () => new Map<Socket, number>());
let begun = 0;
let sent = 0;

function begin(socket: Socket): void {
  socket.write(BEGINNING);
  const slot = slots[begun++ % SLOTS]!;
  slot.set(socket, 1);
  socket.on('close', () => slot.delete(socket));
}

/** Requests of known length; their bodies are skipped. */
function serve(socket: Socket): void {
  let head = '';
  let missing = 0;
  socket.on('data', (chunk) => {
    head += chunk.toString('latin1');
    for (;;) {
      const skipped = Math.min(missing, head.length);
      head = head.slice(skipped);
      missing -= skipped;
      const end = head.indexOf(BLANK_LINE);
      if (missing > 0 || end === -1) return;
      const text = head.slice(0, end);
      head = head.slice(end + BLANK_LINE.length);
      missing = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
      if (text.startsWith('POST')) begin(socket);
      else socket.write(NO_MODELS);
    }
  });
  socket.on('error', () => socket.destroy());
}

let turn = 0;
setInterval(() => {
  const slot = slots[turn++ % SLOTS]!;
  for (const [socket, next] of slot) {
    socket.write(deltas[next % deltas.length]!);
    slot.set(socket, next + 1);
    sent += 1;
  }
}, PACE_MS / SLOTS);

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', 4096, () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on('message', ({ end }: { end?: boolean }) => {
  const open = slots.reduce((sum, slot) => sum + slot.size, 0);
  if (end) {
    for (const slot of slots) {
      for (const socket of slot.keys()) socket.write(closing);
      slot.clear();
    }
  }
  process.send!({ open, sent });
});
process.on('disconnect', () => process.exit());
