import type { Annotation } from '../../../shared/chat-completion.ts';
import type { OutputMessage, OutputRefusal, OutputText, UrlCitation } from '../../../shared/responses/output-item.ts';
import type { ResponseStreamEvent } from '../../../shared/responses/response-event.ts';
import type { ItemPlace, ResponseOutput } from './response-output.ts';

/** Writes one message of a response: its text, then perhaps a refusal. */
export class MessageWriter {
  readonly #output: ResponseOutput;
  readonly #place: ItemPlace;
  readonly #offset: number;
  readonly #content: (OutputText | OutputRefusal)[] = [];
  /** The pieces of the text so far; undefined before the text begins. */
  #pieces: string[] | undefined;
  readonly #annotations: UrlCitation[] = [];

  /** @param offset code points of the answer's text before it: the places of annotations count from the answer's start */
  constructor(output: ResponseOutput, place: ItemPlace, offset: number) {
    this.#output = output;
    this.#place = place;
    this.#offset = offset;
  }

  /** Begins a message in the output. */
  static open(output: ResponseOutput, offset: number): { message: MessageWriter; added: ResponseStreamEvent } {
    const { place, added } = output.add('msg', (id) => ({
      type: 'message',
      id,
      role: 'assistant',
      status: 'in_progress',
      content: [],
    }));
    return { message: new MessageWriter(output, place, offset), added };
  }

  text(delta: string): ResponseStreamEvent[] {
    if (this.#pieces !== undefined && delta !== '') {
      this.#pieces.push(delta);
      return [this.#output.textDelta(this.#place, delta)];
    }
    const events: ResponseStreamEvent[] = [];
    if (this.#pieces === undefined) {
      this.#pieces = [];
      const part = textPart('', []);
      events.push(this.#output.event({ type: 'response.content_part.added', ...this.#part(0), part }));
    }
    if (delta === '') return events;
    this.#pieces.push(delta);
    events.push(this.#output.textDelta(this.#place, delta));
    return events;
  }

  annotations(annotations: readonly Annotation[]): ResponseStreamEvent[] {
    return annotations.map(({ url_citation: { url, title, start_index: start, end_index: end } }) => {
      const where = { start_index: start - this.#offset, end_index: end - this.#offset };
      const annotation: UrlCitation = { type: 'url_citation', url, title, ...where };
      const number = this.#annotations.push(annotation) - 1;
      const event = { type: 'response.output_text.annotation.added' as const, ...this.#part(0) };
      return this.#output.event({ ...event, annotation_index: number, annotation });
    });
  }

  refusal(refusal: string): ResponseStreamEvent[] {
    const events = this.#endText();
    const place = this.#part(this.#content.length);
    const part: OutputRefusal = { type: 'refusal', refusal };
    const output = this.#output;
    events.push(
      output.event({ type: 'response.content_part.added', ...place, part: { type: 'refusal', refusal: '' } }),
      output.event({ type: 'response.refusal.delta', ...place, delta: refusal }),
      output.event({ type: 'response.refusal.done', ...place, refusal }),
      output.event({ type: 'response.content_part.done', ...place, part }),
    );
    this.#content.push(part);
    return events;
  }

  close(status: OutputMessage['status']): ResponseStreamEvent[] {
    const events = this.#endText();
    const { item_id: id } = this.#place;
    const item = { type: 'message' as const, id, role: 'assistant' as const, status, content: this.#content };
    events.push(this.#output.done(this.#place, item));
    return events;
  }

  #endText(): ResponseStreamEvent[] {
    if (this.#pieces === undefined) return [];
    const part = textPart(this.#pieces.join(''), this.#annotations);
    this.#pieces = undefined;
    this.#content.push(part);
    const place = this.#part(0);
    return [
      this.#output.event({ type: 'response.output_text.done', ...place, text: part.text, logprobs: [] }),
      this.#output.event({ type: 'response.content_part.done', ...place, part }),
    ];
  }

  #part(contentIndex: number): ItemPlace & { content_index: number } {
    return { ...this.#place, content_index: contentIndex };
  }
}

function textPart(text: string, annotations: UrlCitation[]): OutputText {
  return { type: 'output_text', text, annotations, logprobs: [] };
}
