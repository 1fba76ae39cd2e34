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
    const events = this.closeOpen();
    const content = this.#sealSummary(this.#text);
    const { id, index, added } = this.addItem('cmp', (itemId) => ({
      type: 'compaction',
      id: itemId,
      encrypted_content: '',
    }));
    events.push(
      added,
      this.doneItem(index, { type: 'compaction', id, encrypted_content: content }),
      ...super.finish(ending),
    );
    return events;
  }
}
