import type { Annotation } from '../../../shared/chat-completion.ts';
import { append } from '../append.ts';
import type { AnswerPlan } from './answer-plan.ts';
import { lengthOf, shiftAnnotations, toAnnotations } from './citations.ts';

/** Places the citations of a streamed answer while its text goes by. */
export class StreamedCitations {
  readonly #counts: boolean;
  /** Held where the text may still lose something at its ends, or all of it. */
  readonly #held: Annotation[] | undefined;
  /** Code points of all text so far. */
  #length = 0;
  /** Code points of the content that was sent; counted only where annotations are held. */
  #contentLength = 0;
  #start = 0;
  #citations: unknown[] = [];

  constructor({ cites, jsonText, outputTool }: AnswerPlan) {
    this.#counts = cites !== false;
    this.#held = this.#counts && (jsonText || outputTool !== undefined) ? [] : undefined;
  }

  startBlock(citations: readonly unknown[] | null | undefined): void {
    this.#start = this.#length;
    this.#citations = [...(citations ?? [])];
  }

  addText(text: string): void {
    if (this.#counts) this.#length += lengthOf(text);
  }

  cite(citation: unknown): void {
    this.#citations.push(citation);
  }

  /** What is cited in the block that ends, unless it has to be held. */
  endBlock(): Annotation[] {
    const annotations = this.#citations.length === 0 ? [] : toAnnotations(this.#citations, this.#start, this.#length);
    if (!this.#held) return annotations;
    append(this.#held, annotations);
    return [];
  }

  sent(content: string): void {
    if (this.#held) this.#contentLength += lengthOf(content);
  }

  /** What was held, once the whole content was sent without the first `cut` characters of the text. */
  release(cut: number): Annotation[] {
    return shiftAnnotations(this.#held ?? [], cut, this.#contentLength);
  }
}
