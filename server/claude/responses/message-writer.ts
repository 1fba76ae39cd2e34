import type { Annotation } from '../../../shared/chat-completion.ts';
import type { OutputMessage, OutputRefusal, OutputText, UrlCitation } from '../../../shared/responses/output-item.ts';
import type { ResponseStreamEvent } from '../../../shared/responses/response-event.ts';
import type { EventNumbers } from './event-numbers.ts';

export interface MessageOptions {
  id: string;
  /** Its place in the output. */
  index: number;
  events: EventNumbers;
  /** Code points of the answer's text before it: the places of annotations count from the answer's start. */
  offset: number;
  done: (item: OutputMessage) => ResponseStreamEvent;
}

/** Writes one message of a response: its text, then perhaps a refusal. */
export class MessageWriter {
  readonly #options: MessageOptions;
  readonly #content: (OutputText | OutputRefusal)[] = [];
  /** The pieces of the text so far; undefined before the text begins. */
  #pieces: string[] | undefined;
  readonly #annotations: UrlCitation[] = [];

  constructor(options: MessageOptions) {
    this.#options = options;
  }

  text(delta: string): ResponseStreamEvent[] {
    const events: ResponseStreamEvent[] = [];
    if (this.#pieces === undefined) {
      this.#pieces = [];
      events.push(
        this.#options.events.next({ type: 'response.content_part.added', ...this.#place(0), part: textPart('', []) }),
      );
    }
    if (delta === '') return events;
    this.#pieces.push(delta);
    events.push(
      this.#options.events.next({ type: 'response.output_text.delta', ...this.#place(0), delta, logprobs: [] }),
    );
    return events;
  }

  annotations(annotations: readonly Annotation[]): ResponseStreamEvent[] {
    const { offset } = this.#options;
    return annotations.map(({ url_citation: { url, title, start_index: start, end_index: end } }) => {
      const place = { start_index: start - offset, end_index: end - offset };
      const annotation: UrlCitation = { type: 'url_citation', url, title, ...place };
      const number = this.#annotations.push(annotation) - 1;
      const event = { type: 'response.output_text.annotation.added' as const, ...this.#place(0) };
      return this.#options.events.next({ ...event, annotation_index: number, annotation });
    });
  }

  refusal(refusal: string): ResponseStreamEvent[] {
    const events = this.#endText();
    const place = this.#place(this.#content.length);
    const part: OutputRefusal = { type: 'refusal', refusal };
    events.push(
      this.#options.events.next({
        type: 'response.content_part.added',
        ...place,
        part: { type: 'refusal', refusal: '' },
      }),
      this.#options.events.next({ type: 'response.refusal.delta', ...place, delta: refusal }),
      this.#options.events.next({ type: 'response.refusal.done', ...place, refusal }),
      this.#options.events.next({ type: 'response.content_part.done', ...place, part }),
    );
    this.#content.push(part);
    return events;
  }

  close(status: OutputMessage['status']): ResponseStreamEvent[] {
    const events = this.#endText();
    events.push(
      this.#options.done({ type: 'message', id: this.#options.id, role: 'assistant', status, content: this.#content }),
    );
    return events;
  }

  #endText(): ResponseStreamEvent[] {
    if (this.#pieces === undefined) return [];
    const part = textPart(this.#pieces.join(''), this.#annotations);
    this.#pieces = undefined;
    this.#content.push(part);
    const place = this.#place(0);
    return [
      this.#options.events.next({ type: 'response.output_text.done', ...place, text: part.text, logprobs: [] }),
      this.#options.events.next({ type: 'response.content_part.done', ...place, part }),
    ];
  }

  #place(contentIndex: number): { item_id: string; output_index: number; content_index: number } {
    return { item_id: this.#options.id, output_index: this.#options.index, content_index: contentIndex };
  }
}

function textPart(text: string, annotations: UrlCitation[]): OutputText {
  return { type: 'output_text', text, annotations, logprobs: [] };
}
