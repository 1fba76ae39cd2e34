import type { ItemFormat, ItemJson } from '../answers/item-format.ts';
import { PlainStore, type PlainStoreOptions } from '../answers/plain-store.ts';
import { dataTextOf, typeOfRaw } from '../upstream/raw-event.ts';

/** Approximate bytes of an event besides its text. */
const BYTES_AN_EVENT = 80;

/** An event of Claude's stream as its text came, by its number. */
export class MessageEvent {
  readonly number: number;
  /** The event's lines, and the empty line behind them. */
  readonly raw: string;

  constructor(raw: string, number: number) {
    this.raw = raw;
    this.number = number;
  }

  /** The JSON of its data, for callers that read no bytes; of an event without any, that of an `error`. */
  get json(): string {
    const data = dataTextOf(this.raw);
    return isJson(data) ? data : UNREADABLE;
  }

  /** Whether Claude says in it that the stream broke. */
  get isError(): boolean {
    return typeOfRaw(this.raw) === 'error';
  }
}

const UNREADABLE = JSON.stringify({
  type: 'error',
  error: { type: 'api_error', message: 'Claude gave an event that could not be understood' },
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const STORE: PlainStoreOptions<string, MessageEvent> = {
  keep: (raw, number) => new MessageEvent(raw, number),
  sizeOf: (raw) => BYTES_AN_EVENT + raw.length,
  itemOf: ({ raw }) => raw,
};

const JSON_OF_EVENT: ItemJson<MessageEvent> = { write: ({ json }) => json };

/** Events of Claude's own API. */
export const MESSAGE_EVENTS: ItemFormat<string, MessageEvent> = {
  name: 'messages.event',
  createStore: () => new PlainStore(STORE),
  unpack: (packed) => PlainStore.unpack(packed, STORE),
  toValue: ({ json }) => JSON.parse(json),
  toWire: ({ raw }) => raw,
  fromWire: (number, raw) => new MessageEvent(raw as string, number),
  createJson: () => JSON_OF_EVENT,
};
