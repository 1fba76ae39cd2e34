import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import type { ItemFormat, ItemJson } from '../answers/item-format.ts';
import { PlainStore, type PlainStoreOptions } from '../answers/plain-store.ts';

/** Approximate bytes of an event besides its texts. */
const BYTES_AN_EVENT = 250;

/** An event of a response by its number, which is its `sequence_number`. */
export class NumberedEvent {
  readonly event: ResponseStreamEvent;

  constructor(event: ResponseStreamEvent) {
    this.event = event;
  }

  get number(): number {
    return this.event.sequence_number;
  }

  /** What it adds to the answer's text. */
  get text(): string | undefined {
    return this.event.type === 'response.output_text.delta' ? this.event.delta : undefined;
  }
}

const STORE: PlainStoreOptions<ResponseStreamEvent, NumberedEvent> = {
  keep: (event) => new NumberedEvent(event),
  sizeOf,
  itemOf: ({ event }) => event,
};

/** An event is read by one caller as a rule: nothing is gained by keeping its text. */
const EVENT_JSON: ItemJson<NumberedEvent> = { write: ({ event }) => JSON.stringify(event) };

/** Events of the Responses API. */
export const RESPONSE_EVENTS: ItemFormat<ResponseStreamEvent, NumberedEvent> = {
  name: 'response.event',
  createStore: () => new PlainStore(STORE),
  unpack: (packed) => PlainStore.unpack(packed, STORE),
  toValue: ({ event }) => event,
  toWire: ({ event }) => event,
  fromWire: (_number, event) => new NumberedEvent(event as ResponseStreamEvent),
  createJson: () => EVENT_JSON,
};

/** An estimate. Whole items and responses are shared by the events that have them, and are counted where they are done. */
function sizeOf(event: ResponseStreamEvent): number {
  if ('delta' in event) return BYTES_AN_EVENT + event.delta.length;
  if (event.type === 'response.output_item.done') return BYTES_AN_EVENT + JSON.stringify(event.item).length;
  return BYTES_AN_EVENT;
}
