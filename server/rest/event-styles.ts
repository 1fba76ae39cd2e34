import type { TrestleError } from '../../shared/error.ts';
import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import type { Response } from '../../shared/responses/response.ts';
import type { ItemJson, Numbered } from '../answers/item-format.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import { CHAT_CHUNKS } from '../chat/chunks/chunk-store.ts';
import { beginResponse, toResponseError } from '../claude/responses/response-object.ts';
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
  /** What ends a stream that breaks. */
  failed: (error: TrestleError, broken: BrokenStream) => string;
  /** Whether that is the end of a whole stream too, so that its connection need not be cut. */
  failsWhole: boolean;
}

/** A stream that breaks, as far as is known of it. */
export interface BrokenStream {
  requestId: string | undefined;
  /** The answer's id, once there is one. */
  id: string | undefined;
  model: string | undefined;
  /** Undefined where nothing has been sent. */
  last: Numbered | undefined;
}

const COMMENT = ': keep-alive\n\n';

/** Chat completions. The data comes first, for readers that look at `data` lines alone. */
const CHAT: EventStyle = {
  write: (item, json) => `data: ${json.write(item)}\n\n`,
  keepAlive: COMMENT,
  isLast: () => false,
  done: 'data: [DONE]\n\n',
  failed: (error) => `data: ${JSON.stringify({ error: error.toObject() })}\nevent: error\n\n`,
  failsWhole: false,
};

const LAST: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed']);

const RESPONSES: EventStyle = {
  write: (item, json) => `event: ${(item as NumberedEvent).event.type}\ndata: ${json.write(item)}\n\n`,
  keepAlive: COMMENT,
  isLast: (item) => LAST.has((item as NumberedEvent).event.type),
  done: '',
  failed: (error, broken) => failedEvents(error, broken).map(toSse).join(''),
  failsWhole: true,
};

/**
 * The events of a response that failed before it began, or was lost by the process that made it. Clients take a stream
 * without one of the last events for a lost one, and ask again; what is final must not look so.
 */
function failedEvents(error: TrestleError, { id = '', model = '', last }: BrokenStream): ResponseStreamEvent[] {
  const begun = beginResponse({ model, input: [] }, { id, createdAt: unixSeconds(), model, stored: false });
  const failed: Response = { ...begun, status: 'failed', error: toResponseError(error) };
  if (last) return [{ type: 'response.failed', sequence_number: last.number + 1, response: failed }];
  return [
    { type: 'response.created', sequence_number: 0, response: begun },
    { type: 'response.in_progress', sequence_number: 1, response: begun },
    { type: 'response.failed', sequence_number: 2, response: failed },
  ];
}

function toSse(event: ResponseStreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Claude's own events pass as they came. */
const MESSAGES: EventStyle = {
  write: (item) => (item as MessageEvent).raw,
  keepAlive: 'event: ping\ndata: {"type": "ping"}\n\n',
  isLast: (item) => (item as MessageEvent).isError,
  done: '',
  failed: (error, { requestId }) => `event: error\ndata: ${toLine(toAnthropicAnswer(error, requestId).body)}\n\n`,
  failsWhole: false,
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
