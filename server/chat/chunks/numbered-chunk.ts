import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';
import { withText } from './text-chunk.ts';

/**
 * A chunk by its number in the stream, from 0. One that only adds text is that text and a shape, which it shares with
 * the others of its stream: it is written thousands of times, and made whole only for those who ask.
 */
export class NumberedChunk {
  readonly number: number;
  /** Undefined when the chunk says more than a text. */
  readonly text: string | undefined;
  /** The whole chunk, or what the text is added to. */
  readonly shape: ChatCompletionChunk;

  constructor(number: number, shape: ChatCompletionChunk, text?: string) {
    this.number = number;
    this.shape = shape;
    this.text = text;
  }

  get chunk(): ChatCompletionChunk {
    return this.text === undefined ? this.shape : withText(this.shape, this.text);
  }
}
