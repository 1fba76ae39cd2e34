import type { ResponseStreamEvent } from '../../../shared/responses/response-event.ts';

/** An event that has no number yet. */
export type Unnumbered<Event = ResponseStreamEvent> = Event extends ResponseStreamEvent
  ? Omit<Event, 'sequence_number'>
  : never;

/** Gives the events of one stream their numbers, from 0. */
export class EventNumbers {
  /** How many there were. */
  count = 0;

  next(event: Unnumbered): ResponseStreamEvent {
    // Sound: only the number was missing.
    return { ...event, sequence_number: this.count++ } as ResponseStreamEvent;
  }
}
