import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { MODEL } from './modes.ts';
import { ANSWER, argumentPiecesOf, piecesOf } from './sample-text.ts';

/**
 * A process of its own: Claude with moods. The last words of a request say how it is answered:
 * `whole`, `stream`, `tools`, `slow`, or what goes wrong: `overloaded`, `refused`, `broken`, `mute`.
 */
const PIECES = 30;
const SLOW_MS = 20;
const USAGE = { input_tokens: 40, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 60 };
const MESSAGE = { id: 'msg_01XFDUDYJgAACzvnptvVoYEL', type: 'message', role: 'assistant', model: MODEL };

interface Asked {
  stream?: boolean;
  messages: { content: string | { text?: string }[] }[];
}

function moodOf({ messages }: Asked): string {
  return /mood:(\w+)/.exec(JSON.stringify(messages.at(-1)))?.[1] ?? 'whole';
}

function sendError(response: ServerResponse, status: number, type: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_soak' });
  response.end(JSON.stringify({ type: 'error', error: { type, message: type } }));
}

function sendWhole(response: ServerResponse): void {
  const message = { ...MESSAGE, content: [{ type: 'text', text: ANSWER }], stop_reason: 'end_turn', usage: USAGE };
  response.writeHead(200, { 'content-type': 'application/json', 'request-id': 'req_soak' });
  response.end(JSON.stringify(message));
}

async function sendEvents(response: ServerResponse, mood: string): Promise<void> {
  const tools = mood === 'tools';
  const block = tools
    ? { type: 'tool_use', id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6', name: 'search_orders', input: {} }
    : { type: 'text', text: '' };
  const pieces = tools ? argumentPiecesOf(PIECES) : piecesOf(PIECES);
  const send = (event: { type: string } & Record<string, unknown>): void => {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_soak' });
  send({ type: 'message_start', message: { ...MESSAGE, content: [], usage: USAGE } });
  send({ type: 'content_block_start', index: 0, content_block: block });
  for (const [index, piece] of pieces.entries()) {
    if (response.destroyed) return;
    if (mood === 'broken' && index === PIECES / 2) return void response.destroy();
    if (mood === 'mute' && index === PIECES / 2) return;
    const delta = tools ? { type: 'input_json_delta', partial_json: piece } : { type: 'text_delta', text: piece };
    send({ type: 'content_block_delta', index: 0, delta });
    if (mood === 'slow') await wait(SLOW_MS);
  }
  send({ type: 'content_block_stop', index: 0 });
  send({ type: 'message_delta', delta: { stop_reason: tools ? 'tool_use' : 'end_turn' }, usage: USAGE });
  send({ type: 'message_stop' });
  response.end();
}

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  if (incoming.method !== 'POST') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ data: [], has_more: false, first_id: null, last_id: null }));
    return;
  }
  const asked = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
  const mood = moodOf(asked);
  if (mood === 'overloaded') sendError(response, 529, 'overloaded_error');
  else if (mood === 'refused') sendError(response, 400, 'invalid_request_error');
  else if (asked.stream === true) await sendEvents(response, mood);
  else sendWhole(response);
}

const server = createServer((incoming, response) => {
  response.on('error', () => {});
  // A request that was let go while its body came.
  answer(incoming, response).catch(() => response.destroy());
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', 1024, () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on('message', ({ end }: { end?: boolean }) => {
  if (end) server.closeAllConnections();
  process.send!({});
});
process.on('disconnect', () => process.exit());
