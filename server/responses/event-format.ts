import type { ResponseStreamEvent } from '../../shared/responses/response-event.ts';
import type { ItemFormat, ItemJson, ItemStore } from '../answers/item-format.ts';

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

/** Events as plain JSON. */
interface PackedEvents {
  first: number;
  kept: ResponseStreamEvent[];
}

/** Events of one response by their numbers, from 0. */
export class EventStore implements ItemStore<ResponseStreamEvent, NumberedEvent> {
  first = 0;
  #kept: NumberedEvent[] = [];
  /** For each, the bytes of all events up to and with it. */
  #ends: number[] = [];
  #released = 0;

  get end(): number {
    return this.first + this.#kept.length;
  }

  get bytes(): number {
    return this.bytesBefore(this.end) - this.#released;
  }

  bytesBefore(number: number): number {
    return this.#ends[number - this.first - 1] ?? this.#released;
  }

  push(event: ResponseStreamEvent): number {
    const size = sizeOf(event);
    this.#ends.push(this.bytesBefore(this.end) + size);
    this.#kept.push(new NumberedEvent(event));
    return size;
  }

  at(number: number): NumberedEvent | undefined {
    return this.#kept[number - this.first];
  }

  releaseBefore(number: number): number {
    const count = number - this.first;
    if (count <= 0) return 0;
    const bytes = this.bytesBefore(number) - this.#released;
    this.#released += bytes;
    this.#kept = this.#kept.slice(count);
    this.#ends = this.#ends.slice(count);
    this.first = number;
    return bytes;
  }

  pack(): PackedEvents {
    return { first: this.first, kept: this.#kept.map(({ event }) => event) };
  }

  static unpack({ first, kept }: PackedEvents): EventStore {
    const store = new EventStore();
    store.first = first;
    for (const event of kept) store.push(event);
    return store;
  }
}

/** An event is read by one caller as a rule: nothing is gained by keeping its text. */
const EVENT_JSON: ItemJson<NumberedEvent> = { write: ({ event }) => JSON.stringify(event) };

/** Events of the Responses API. */
export const RESPONSE_EVENTS: ItemFormat<ResponseStreamEvent, NumberedEvent> = {
  name: 'response.event',
  createStore: () => new EventStore(),
  // Sound: a store packed it.
  unpack: (packed) => EventStore.unpack(packed as PackedEvents),
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
