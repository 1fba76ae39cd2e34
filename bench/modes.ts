import { EARLIER_WORDS, WORDS } from './sample-text.ts';

/** What is asked and how it is answered; one row of the report each. */
export interface Mode {
  id: ModeId;
  label: string;
  /** What the CPU time is divided by: a whole answer, or one of the upstream's deltas. */
  unit: 'request' | 'event';
  connections: number;
  /** Of a streamed answer; 0 for a whole one. */
  deltas: number;
  /** Milliseconds between deltas; 0 sends all of them at once. */
  paceMs: number;
  transport: 'http' | 'websocket';
  /** The API that is asked; chat completions where none is named. Only Trestle has the others. */
  door?: 'messages' | 'responses';
  body: () => object;
}

export type ModeId =
  | 'json-small'
  | 'json-prompt'
  | 'json-image'
  | 'stream-burst'
  | 'stream-paced'
  | 'stream-tools'
  | 'websocket'
  | 'messages-small'
  | 'messages-stream'
  | 'responses-small'
  | 'responses-stream'
  | 'first-token';

export const MODEL = 'claude-sonnet-5-5';
/** Bytes. */
const PROMPT_SIZE = 100_000;
const IMAGE_SIZE = 2_000_000;

const WHOLE = { unit: 'request', deltas: 0, paceMs: 0, transport: 'http', connections: 32 } as const;
const STREAM = { unit: 'event', deltas: 100, paceMs: 0, transport: 'http', connections: 32 } as const;

export const MODES: readonly Mode[] = [
  { ...WHOLE, id: 'json-small', label: 'JSON, small', body: () => chat(WORDS) },
  { ...WHOLE, id: 'json-prompt', label: 'JSON, 100 kB prompt', body: () => chat(textOf(PROMPT_SIZE)) },
  // Fewer at a time: 32 of them would measure the memory of the machine.
  { ...WHOLE, id: 'json-image', label: 'JSON, 2 MB image', connections: 8, body: () => chat(imageOf(IMAGE_SIZE)) },
  {
    ...STREAM,
    id: 'stream-burst',
    label: 'stream, 100 deltas at once',
    body: () => ({ ...chat(WORDS), stream: true }),
  },
  {
    ...STREAM,
    id: 'stream-paced',
    label: 'stream, 200 deltas, one in 5 ms',
    deltas: 200,
    paceMs: 5,
    connections: 200,
    body: () => ({ ...chat(WORDS), stream: true }),
  },
  {
    ...STREAM,
    id: 'stream-tools',
    label: 'stream of a tool call',
    body: () => ({ ...chat(WORDS), stream: true, tools: TOOLS }),
  },
  { ...STREAM, id: 'websocket', label: 'stream over WebSocket', transport: 'websocket', body: () => chat(WORDS) },
  { ...WHOLE, id: 'messages-small', label: '/v1/messages, JSON, small', door: 'messages', body: claude },
  {
    ...STREAM,
    id: 'messages-stream',
    label: '/v1/messages, stream',
    door: 'messages',
    body: () => ({ ...claude(), stream: true }),
  },
  { ...WHOLE, id: 'responses-small', label: '/v1/responses, JSON, small', door: 'responses', body: response },
  {
    ...STREAM,
    id: 'responses-stream',
    label: '/v1/responses, stream',
    door: 'responses',
    body: () => ({ ...response(), stream: true }),
  },
  {
    ...STREAM,
    id: 'first-token',
    label: 'first token, 1 connection',
    deltas: 5,
    paceMs: 5,
    connections: 1,
    body: () => ({ ...chat(WORDS), stream: true }),
  },
];

const TOOLS = ['search_orders', 'refund_order'].map((name) => ({
  type: 'function',
  function: {
    name,
    description: 'Works on the orders of the shop',
    parameters: {
      type: 'object',
      properties: {
        customer: { type: 'string', description: 'Name or number of the customer' },
        limit: { type: 'integer', minimum: 1, maximum: 50 },
        states: { type: 'array', items: { type: 'string', enum: ['open', 'paid', 'sent'] } },
      },
      required: ['customer'],
    },
  },
}));

/** A conversation that ends with this message. `seed` is what Claude does not know: its fate is a notice. */
function chat(content: string | object[]): object {
  return {
    model: MODEL,
    max_tokens: 1024,
    seed: 7,
    messages: [
      { role: 'system', content: 'You answer in short sentences.' },
      { role: 'user', content: EARLIER_WORDS },
      { role: 'assistant', content: 'Of course. What would you like to know?' },
      { role: 'user', content },
    ],
  };
}

/** The same conversation, as Claude's own API has it. */
function claude(): object {
  const [system, ...messages] = (chat(WORDS) as { messages: { content: string }[] }).messages;
  return { model: MODEL, max_tokens: 1024, system: system!.content, messages };
}

/** The same, as the Responses API has it. Nothing is stored. */
function response(): object {
  const [system, ...input] = (chat(WORDS) as { messages: { content: string }[] }).messages;
  return { model: MODEL, max_output_tokens: 1024, instructions: system!.content, input, store: false };
}

function textOf(size: number): string {
  const line = `${WORDS} "quoted", and then\n`;
  return line.repeat(Math.ceil(size / line.length)).slice(0, size);
}

function imageOf(size: number): object[] {
  const bytes = Buffer.alloc(size);
  Buffer.from('89504e470d0a1a0a', 'hex').copy(bytes);
  for (let index = 8; index < size; index += 1) bytes[index] = (index * 2_654_435_761) >>> 24;
  const url = `data:image/png;base64,${bytes.toString('base64')}`;
  return [
    { type: 'text', text: 'What is in this picture?' },
    { type: 'image_url', image_url: { url } },
  ];
}
