import { MODEL, type Mode } from './modes.ts';
import { ANSWER, argumentPiecesOf, piecesOf } from './sample-text.ts';

/** An answer of Claude's as bytes on the wire, HTTP's own included, so that sending it costs next to nothing. */
export interface UpstreamAnswer {
  /** The head, and all that comes before the first delta. */
  opening: Buffer;
  deltas: Buffer[];
  closing: Buffer;
  paceMs: number;
}

const HEADERS = [
  'request-id: req_011CSHoEeqs5C35K2UUqR7Fy',
  'anthropic-organization-id: 1d6b3f1c-8b1e-4d4a-9d5e-2f1f0f7f9a10',
  'anthropic-ratelimit-requests-limit: 4000',
  'anthropic-ratelimit-requests-remaining: 3999',
  'anthropic-ratelimit-requests-reset: 2026-11-22T18:00:00Z',
  'anthropic-ratelimit-tokens-limit: 400000',
  'anthropic-ratelimit-tokens-remaining: 399000',
  'anthropic-ratelimit-tokens-reset: 2026-11-22T18:00:00Z',
  'server: cloudflare',
  'cf-cache-status: DYNAMIC',
];
const USAGE = { input_tokens: 40, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 120 };
const MESSAGE = { id: 'msg_01XFDUDYJgAACzvnptvVoYEL', type: 'message', role: 'assistant', model: MODEL };

export function answerOf(mode: Mode): UpstreamAnswer {
  if (mode.deltas === 0) return whole(JSON.stringify(message([{ type: 'text', text: ANSWER }])));
  const pieces = mode.id === 'stream-tools' ? argumentPiecesOf(mode.deltas) : piecesOf(mode.deltas);
  const deltas = pieces.map((piece) =>
    mode.id === 'stream-tools'
      ? { type: 'input_json_delta', partial_json: piece }
      : { type: 'text_delta', text: piece },
  );
  const block =
    mode.id === 'stream-tools'
      ? { type: 'tool_use', id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6', name: 'search_orders', input: {} }
      : { type: 'text', text: '' };
  return streamed(mode, block, deltas);
}

/** A short JSON answer to what the bench does not measure, such as the list of models. */
export function jsonAnswer(value: unknown): UpstreamAnswer {
  return whole(JSON.stringify(value));
}

function message(content: object[]): object {
  return { ...MESSAGE, content, stop_reason: 'end_turn', stop_sequence: null, usage: USAGE };
}

function whole(json: string): UpstreamAnswer {
  const head = headOf(['content-type: application/json', `content-length: ${Buffer.byteLength(json)}`]);
  return { opening: Buffer.from(head + json), deltas: [], closing: Buffer.alloc(0), paceMs: 0 };
}

function streamed({ id, paceMs }: Mode, block: object, deltas: object[]): UpstreamAnswer {
  const head = headOf(['content-type: text/event-stream; charset=utf-8', 'transfer-encoding: chunked']);
  const start = { ...MESSAGE, content: [], stop_reason: null, stop_sequence: null, usage: USAGE };
  const opening = eventOf({ type: 'message_start', message: start })
    .concat(eventOf({ type: 'content_block_start', index: 0, content_block: block }))
    .concat(eventOf({ type: 'ping' }));
  const delta = { stop_reason: id === 'stream-tools' ? 'tool_use' : 'end_turn', stop_sequence: null };
  const closing = eventOf({ type: 'content_block_stop', index: 0 })
    .concat(eventOf({ type: 'message_delta', delta, usage: USAGE }))
    .concat(eventOf({ type: 'message_stop' }));
  return {
    opening: Buffer.from(head + chunkOf(opening)),
    deltas: deltas.map((piece) =>
      Buffer.from(chunkOf(eventOf({ type: 'content_block_delta', index: 0, delta: piece }))),
    ),
    closing: Buffer.from(`${chunkOf(closing)}0\r\n\r\n`),
    paceMs,
  };
}

function headOf(lines: string[]): string {
  return ['HTTP/1.1 200 OK', ...HEADERS, ...lines, '', ''].join('\r\n');
}

function eventOf(event: { type: string } & Record<string, unknown>): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** One chunk of HTTP's chunked encoding. */
function chunkOf(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}
