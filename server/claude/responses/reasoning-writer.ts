import type { ResponseStreamEvent } from '../../../shared/responses/response-event.ts';
import type { ItemPlace, ResponseOutput } from './response-output.ts';

/** Writes one block of thinking: its text, where it is wanted, and what brings the thinking back. */
export class ReasoningWriter {
  readonly #output: ResponseOutput;
  readonly #place: ItemPlace;
  #text = '';

  constructor(output: ResponseOutput, place: ItemPlace) {
    this.#output = output;
    this.#place = place;
  }

  /** Begins a block of thinking in the output. */
  static open(output: ResponseOutput): { thinking: ReasoningWriter; added: ResponseStreamEvent } {
    const { place, added } = output.add('rs', (id) => ({ type: 'reasoning', id, summary: [] }));
    return { thinking: new ReasoningWriter(output, place), added };
  }

  get id(): string {
    return this.#place.item_id;
  }

  text(delta: string): ResponseStreamEvent[] {
    const place = { ...this.#place, summary_index: 0 };
    const events: ResponseStreamEvent[] = [];
    if (this.#text === '') {
      const part = { type: 'summary_text' as const, text: '' };
      events.push(this.#output.event({ type: 'response.reasoning_summary_part.added', ...place, part }));
    }
    this.#text += delta;
    events.push(this.#output.event({ type: 'response.reasoning_summary_text.delta', ...place, delta }));
    return events;
  }

  /** @param sealed is left out where the caller did not ask for it */
  close(sealed: string | undefined): ResponseStreamEvent[] {
    const place = { ...this.#place, summary_index: 0 };
    const part = { type: 'summary_text' as const, text: this.#text };
    const summary = this.#text === '' ? [] : [part];
    const { id } = this;
    const item = {
      type: 'reasoning' as const,
      id,
      summary,
      ...(sealed !== undefined && { encrypted_content: sealed }),
    };
    const events = summary.flatMap(() => [
      this.#output.event({ type: 'response.reasoning_summary_text.done', ...place, text: this.#text }),
      this.#output.event({ type: 'response.reasoning_summary_part.done', ...place, part }),
    ]);
    events.push(this.#output.done(this.#place, item));
    return events;
  }
}
