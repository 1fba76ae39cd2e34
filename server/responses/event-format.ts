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

/** Writes the events of one stream as JSON. What all pieces of one text have in common is written once. */
class EventJson implements ItemJson<NumberedEvent> {
  #itemId: string | undefined;
  #before = '';

  write({ event }: NumberedEvent): string {
    if (event.type !== 'response.output_text.delta') return JSON.stringify(event);
    if (event.item_id !== this.#itemId) {
      const { delta: _delta, logprobs: _logprobs, sequence_number: _number, ...place } = event;
      this.#itemId = event.item_id;
      this.#before = `${JSON.stringify(place).slice(0, -1)},"delta":`;
    }
    return `${this.#before}${JSON.stringify(event.delta)},"logprobs":[],"sequence_number":${event.sequence_number}}`;
  }
}

/** Events of the Responses API. */
export const RESPONSE_EVENTS: ItemFormat<ResponseStreamEvent, NumberedEvent> = {
  name: 'response.event',
  createStore: () => new PlainStore(STORE),
  unpack: (packed) => PlainStore.unpack(packed, STORE),
  toValue: ({ event }) => event,
  toWire: ({ event }) => event,
  fromWire: (_number, event) => new NumberedEvent(event as ResponseStreamEvent),
  createJson: () => new EventJson(),
};

/** An estimate. Whole items and responses are shared by the events that have them, and are counted where they are done. */
function sizeOf(event: ResponseStreamEvent): number {
  if ('delta' in event) return BYTES_AN_EVENT + event.delta.length;
  if (event.type === 'response.output_item.done') return BYTES_AN_EVENT + JSON.stringify(event.item).length;
  return BYTES_AN_EVENT;
}
