import { createParser } from 'eventsource-parser';

type Json = Record<string, unknown>;

export interface ReplyCall {
  id?: string;
  name: string;
  arguments: string;
}

/** One choice of an answer, whole or put together from its chunks. */
export interface ReplyChoice {
  /** As it came; of streams only the text, calls and reasoning. */
  message: Json;
  content: string;
  reasoning: string;
  calls: ReplyCall[];
  finishReasons: string[];
}

/** What a client got. */
export interface Reply {
  /** 0 when there was no answer at all. */
  status: number;
  headers: Headers;
  choices: ReplyChoice[];
  usage: Json | null;
  /** Of an error envelope, in the body or in an event; null without one. */
  error: string | null;
  /** The network's own failure, such as a connection that ended in mid-body. */
  failure: string | null;
  /** Of streams: whether `[DONE]` came. */
  done: boolean;
  /** Everything but choices and usage, as text: where an answer may say what it left out. */
  beside: string;
  events: Json[];
}

/** Reads an answer of either kind to its end; failures of the network become part of it. */
export async function readReply(response: Response, onEvent: (event: Json) => void = () => undefined): Promise<Reply> {
  const streams = response.headers.get('content-type')?.includes('text/event-stream') === true;
  const events: Json[] = [];
  let done = false;
  let failure: string | null = null;
  let text = '';
  const parser = createParser({
    onEvent({ data }) {
      if (data === '[DONE]') done = true;
      else {
        const event = asRecord(parsed(data));
        events.push(event);
        onEvent(event);
      }
    },
  });
  try {
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      if (streams) parser.feed(piece);
      else text += piece;
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  if (!streams) events.push(asRecord(parsed(text)));
  return {
    status: response.status,
    headers: response.headers,
    choices: choicesIn(events),
    usage: (events.findLast((event) => event['usage'])?.['usage'] as Json | undefined) ?? null,
    error: errorIn(events) ?? (response.ok ? null : text.slice(0, 300)),
    failure,
    done,
    beside: JSON.stringify([
      ...response.headers,
      ...events.map(({ choices: _choices, usage: _usage, ...rest }) => rest),
    ]),
    events,
  };
}

/** For a request that got no answer. */
export function noReply(failure: string): Reply {
  const nothing = { choices: [], usage: null, error: null, done: false, beside: '', events: [] };
  return { status: 0, headers: new Headers(), failure, ...nothing };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function errorIn(events: readonly Json[]): string | null {
  for (const { error } of events) {
    if (error === undefined || error === null) continue;
    return textOf(asRecord(error)['message']) || JSON.stringify(error);
  }
  return null;
}

function choicesIn(events: readonly Json[]): ReplyChoice[] {
  const found: ReplyChoice[] = [];
  for (const choice of events.flatMap((event) => (Array.isArray(event['choices']) ? event['choices'] : [])) as Json[]) {
    const index = Number(choice['index'] ?? 0);
    const part = asRecord(choice['message'] ?? choice['delta']);
    const one = (found[index] ??= { message: {}, content: '', reasoning: '', calls: [], finishReasons: [] });
    one.message = { ...one.message, ...part };
    one.content += textOf(part['content']);
    one.reasoning += reasoningIn(part);
    if (typeof choice['finish_reason'] === 'string') one.finishReasons.push(choice['finish_reason']);
    addCalls(one, part, choice['delta'] !== undefined);
  }
  return found.filter(Boolean);
}

/** Where any of the gateways puts it. */
function reasoningIn(part: Json): string {
  const blocks = (Array.isArray(part['content_blocks']) ? part['content_blocks'] : []) as Json[];
  const text = textOf(part['reasoning_content']) || textOf(part['reasoning']);
  return text || blocks.map((block) => textOf(asRecord(block['delta'] ?? block)['thinking'])).join('');
}

function addCalls(choice: ReplyChoice, part: Json, streamed: boolean): void {
  const calls = (Array.isArray(part['tool_calls']) ? part['tool_calls'] : []) as Json[];
  for (const [position, call] of calls.entries()) {
    const { name, arguments: input } = asRecord(call['function']);
    // Only chunks need an index; what a whole answer has beyond OpenAI's fields is not held against it.
    const index = streamed ? Number(call['index'] ?? position) : position;
    const slot = (choice.calls[index] ??= { name: '', arguments: '' });
    if (typeof call['id'] === 'string') slot.id = call['id'];
    slot.name += textOf(name);
    slot.arguments += textOf(input);
  }
}
