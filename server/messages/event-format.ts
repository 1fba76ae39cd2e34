import type { ItemFormat, ItemJson } from '../answers/item-format.ts';
import { PlainStore, type PlainStoreOptions } from '../answers/plain-store.ts';

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

  /** The JSON of its data; null where an event has none that can be read. */
  get json(): string {
    const data = [...this.raw.matchAll(/^data: ?(.*?)\r?$/gm)].map(([, line]) => line!);
    return data.length === 0 ? 'null' : data.join('\n');
  }

  /** Whether Claude says in it that the stream broke. */
  get isError(): boolean {
    return this.raw.startsWith('event: error');
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
