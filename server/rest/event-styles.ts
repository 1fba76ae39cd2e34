import type { ErrorObject } from '../../shared/error-response.ts';
import type { Numbered } from '../answers/item-format.ts';
import { NumberedEvent, RESPONSE_EVENTS } from '../responses/event-format.ts';

/** How the items of an answer are server-sent events, and how its stream ends. */
export interface EventStyle {
  /** The value of the line `event:`; undefined where there is none. */
  nameOf?: (item: Numbered) => string;
  /** Whether an item says itself that it is the last one, also of an answer that broke. */
  isLast: (item: Numbered) => boolean;
  /** The text that ends a whole stream. */
  done: string;
  /** The last event of a stream that breaks; its connection is cut. */
  failed: (error: ErrorObject) => string;
}

/** Chat completions. The data comes first, for readers that look at `data` lines alone. */
const CHAT: EventStyle = {
  isLast: () => false,
  done: 'data: [DONE]\n\n',
  failed: (error) => `data: ${JSON.stringify({ error })}\nevent: error\n\n`,
};

const LAST: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete', 'response.failed']);

const RESPONSES: EventStyle = {
  nameOf: (item) => (item instanceof NumberedEvent ? item.event.type : 'message'),
  isLast: (item) => item instanceof NumberedEvent && LAST.has(item.event.type),
  done: '',
  failed: ({ code, message, param }) =>
    `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: 0, code, message, param })}\n\n`,
};

/** The style of an answer's format. */
export function styleOf(format: string): EventStyle {
  return format === RESPONSE_EVENTS.name ? RESPONSES : CHAT;
}
