import type { TrestleError } from '../../shared/error.ts';
import type { ItemJson, Numbered } from '../answers/item-format.ts';
import { CHAT_CHUNKS } from '../chat/chunks/chunk-store.ts';
import { toAnthropicAnswer } from '../http/anthropic-error.ts';
import { MESSAGE_EVENTS, type MessageEvent } from '../messages/event-format.ts';
import { type NumberedEvent, RESPONSE_EVENTS } from '../responses/event-format.ts';

/** How the items of an answer are server-sent events, and how its stream ends. */
export interface EventStyle {
  /** The event of an item, whose JSON is there to be asked for. */
  write: (item: Numbered, json: ItemJson<Numbered>) => string;
  /** What goes out in silences: a comment, or an event that clients pass over. */
  keepAlive: string;
  /** Whether an item says itself that it is the last one, also of an answer that broke. */
  isLast: (item: Numbered) => boolean;
  /** The text that ends a whole stream. */
  done: string;
  /** The last event of a stream that breaks, for the request of this id; its connection is cut. */
  failed: (error: TrestleError, requestId: string | undefined) => string;
}

const COMMENT = ': keep-alive\n\n';

/** Chat completions. The data comes first, for readers that look at `data` lines alone. */
const CHAT: EventStyle = {
  write: (item, json) => `data: ${json.write(item)}\n\n`,
  keepAlive: COMMENT,
  isLast: () => false,
  done: 'data: [DONE]\n\n',
  failed: (error) => `data: ${JSON.stringify({ error: error.toObject() })}\nevent: error\n\n`,
};

const LAST: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed']);

const RESPONSES: EventStyle = {
  write: (item, json) => `event: ${(item as NumberedEvent).event.type}\ndata: ${json.write(item)}\n\n`,
  keepAlive: COMMENT,
  isLast: (item) => LAST.has((item as NumberedEvent).event.type),
  done: '',
  failed: ({ code, message, param }) =>
    `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: 0, code, message, param })}\n\n`,
};

/** Claude's own events pass as they came. */
const MESSAGES: EventStyle = {
  write: (item) => (item as MessageEvent).raw,
  keepAlive: 'event: ping\ndata: {"type": "ping"}\n\n',
  isLast: (item) => (item as MessageEvent).isError,
  done: '',
  failed: (error, requestId) => `event: error\ndata: ${toLine(toAnthropicAnswer(error, requestId).body)}\n\n`,
};

/** JSON on one line: a line break in it is never inside of a string. */
function toLine(json: string): string {
  return json.replaceAll(/[\r\n]+/g, ' ');
}

const STYLES: Readonly<Record<string, EventStyle>> = {
  [CHAT_CHUNKS.name]: CHAT,
  [RESPONSE_EVENTS.name]: RESPONSES,
  [MESSAGE_EVENTS.name]: MESSAGES,
};

/** The style of an answer's format. */
export function styleOf(format: string): EventStyle {
  return STYLES[format]!;
}
