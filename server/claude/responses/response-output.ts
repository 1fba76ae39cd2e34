import type { OutputItem } from '../../../shared/responses/output-item.ts';
import type { ResponseStatusEvent, ResponseStreamEvent } from '../../../shared/responses/response-event.ts';
import type { Response } from '../../../shared/responses/response.ts';

/** An event that has no number yet. */
type Unnumbered<Event = ResponseStreamEvent> = Event extends ResponseStreamEvent
  ? Omit<Event, 'sequence_number'>
  : never;

const NO_LOGPROBS: [] = [];

/** Where an item stands. */
export interface ItemPlace {
  item_id: string;
  output_index: number;
}

/** The response that grows while its events are written: its items, and the numbers of the events. */
export class ResponseOutput {
  readonly response: Response;
  #count = 0;

  /** @param response as it begins */
  constructor(response: Response) {
    this.response = response;
  }

  /** Whether any event was written. */
  get hasBegun(): boolean {
    return this.#count > 0;
  }

  event(event: Unnumbered): ResponseStreamEvent {
    return { ...event, sequence_number: this.#count++ };
  }

  /** A piece of text: what comes by the thousand is made in one step. */
  textDelta({ item_id: id, output_index: index }: ItemPlace, delta: string): ResponseStreamEvent {
    return {
      type: 'response.output_text.delta',
      item_id: id,
      output_index: index,
      content_index: 0,
      delta,
      logprobs: NO_LOGPROBS,
      sequence_number: this.#count++,
    };
  }

  /** The response as it is now: it goes on to change. */
  status(type: ResponseStatusEvent['type']): ResponseStreamEvent {
    return this.event({ type, response: { ...this.response, output: [...this.response.output] } });
  }

  /** Begins an item. `prefix` begins its id, which names the response as well, so that the item can be found by it. */
  add(prefix: string, make: (id: string) => OutputItem): { place: ItemPlace; added: ResponseStreamEvent } {
    const { id: responseId, output } = this.response;
    const index = output.length;
    const id = `${prefix}_${responseId.slice(responseId.indexOf('_') + 1)}${index.toString(16).padStart(4, '0')}`;
    const item = make(id);
    output.push(item);
    const added = this.event({ type: 'response.output_item.added', output_index: index, item });
    return { place: { item_id: id, output_index: index }, added };
  }

  /** An item is as it will stay. */
  done({ output_index: index }: ItemPlace, item: OutputItem): ResponseStreamEvent {
    this.response.output[index] = item;
    return this.event({ type: 'response.output_item.done', output_index: index, item });
  }
}

/** The response that an item of ours belongs to, by the item's id; undefined for the id of another kind. */
export function responseIdOf(id: string): string | undefined {
  const [, digits] = /^[a-z]+_([0-9a-f]{32})[0-9a-f]{4,}$/.exec(id) ?? [];
  return digits === undefined ? undefined : `resp_${digits}`;
}
