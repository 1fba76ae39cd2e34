import type Anthropic from '@anthropic-ai/sdk';

/** Anything that may stand in a stream, known to the SDK or not. */
export type StreamEvent = { type: string } & Record<string, unknown>;

export interface EventOptions {
  /** Characters a delta. @default 16 */
  pieceSize?: number;
}

/** The documented event order for a whole message, its deltas `pieceSize` characters long. */
export function toEvents(message: Anthropic.Message, options: EventOptions = {}): StreamEvent[] {
  const { pieceSize = 16 } = options;
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens } = message.usage;
  const start = {
    ...message,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: {
      ...message.usage,
      output_tokens: Math.min(output_tokens, 1),
      output_tokens_details: null,
    },
  };
  const blocks = message.content.flatMap((block, index) => blockEvents(block, index, pieceSize));
  return [
    { type: 'message_start', message: start },
    ...blocks.slice(0, 1),
    { type: 'ping' },
    ...blocks.slice(1),
    {
      type: 'message_delta',
      delta: {
        stop_reason: message.stop_reason,
        stop_sequence: message.stop_sequence,
        stop_details: message.stop_details,
      },
      usage: {
        input_tokens,
        cache_creation_input_tokens,
        cache_read_input_tokens,
        output_tokens,
        output_tokens_details: message.usage.output_tokens_details,
        server_tool_use: message.usage.server_tool_use,
      },
    },
    { type: 'message_stop' },
  ];
}

/** One SSE record an event, `event:` equal to the type inside, as Claude writes them. */
export function toSse(events: Iterable<object>): string {
  let sse = '';
  for (const event of events) sse += toSseRecord(event);
  return sse;
}

export function toSseRecord(event: object): string {
  const { type } = event as { type?: unknown };
  return `event: ${String(type)}\ndata: ${JSON.stringify(event)}\n\n`;
}

function blockEvents(block: Anthropic.ContentBlock, index: number, pieceSize: number): StreamEvent[] {
  const { opening, deltas } = openingAndDeltas(block, pieceSize);
  return [
    { type: 'content_block_start', index, content_block: opening },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

function openingAndDeltas(block: Anthropic.ContentBlock, pieceSize: number): { opening: object; deltas: object[] } {
  switch (block.type) {
    case 'text':
      return {
        opening: { ...block, text: '', ...(block.citations ? { citations: [] } : {}) },
        deltas: [
          ...pieces(block.text, pieceSize).map((text) => ({ type: 'text_delta', text })),
          ...(block.citations ?? []).map((citation) => ({ type: 'citations_delta', citation })),
        ],
      };
    case 'thinking':
      return {
        opening: { type: 'thinking', thinking: '', signature: '' },
        deltas: [
          ...pieces(block.thinking, pieceSize).map((thinking) => ({
            type: 'thinking_delta',
            thinking,
          })),
          { type: 'signature_delta', signature: block.signature },
        ],
      };
    case 'tool_use':
    case 'server_tool_use':
      return { opening: { ...block, input: {} }, deltas: inputDeltas(block.input, pieceSize) };
    default:
      return { opening: block, deltas: [] };
  }
}

/** The first piece is always empty; a call without arguments has no other. */
function inputDeltas(input: unknown, pieceSize: number): object[] {
  const json = JSON.stringify(input ?? {});
  const parts = json === '{}' ? [] : pieces(json, pieceSize);
  return ['', ...parts].map((partial_json) => ({ type: 'input_json_delta', partial_json }));
}

/** Never cuts a surrogate pair: a delta is valid text of its own. */
function pieces(text: string, pieceSize: number): string[] {
  const found: string[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + Math.max(pieceSize, 1), text.length);
    if (end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end += 1;
    found.push(text.slice(start, end));
    start = end;
  }
  return found;
}
