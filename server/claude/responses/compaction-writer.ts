import type { ResponseStreamEvent } from '../../../shared/responses/response-event.ts';
import { type Ending, ResponseWriter, type ResponseWriterOptions } from './response-writer.ts';

/** Writes the answer to a `compaction_trigger`: one item, with the text that Claude wrote, sealed. */
export class CompactionWriter extends ResponseWriter {
  readonly #sealSummary: (text: string) => string;
  #text = '';

  constructor(options: ResponseWriterOptions, sealSummary: (text: string) => string) {
    super(options);
    this.#sealSummary = sealSummary;
  }

  override startThinking(): ResponseStreamEvent[] {
    return [];
  }

  override thinking(): ResponseStreamEvent[] {
    return [];
  }

  override endThinking(): ResponseStreamEvent[] {
    return [];
  }

  override text(text: string): ResponseStreamEvent[] {
    this.#text += text;
    return [];
  }

  override empty(): ResponseStreamEvent[] {
    return [];
  }

  override finish(ending: Ending): ResponseStreamEvent[] {
    const events = this.closeOpen('completed');
    const { place, added } = this.output.add('cmp', (id) => ({ type: 'compaction', id, encrypted_content: '' }));
    const content = this.#sealSummary(this.#text);
    events.push(added, this.output.done(place, { type: 'compaction', id: place.item_id, encrypted_content: content }));
    for (const event of super.finish(ending)) events.push(event);
    return events;
  }
}
