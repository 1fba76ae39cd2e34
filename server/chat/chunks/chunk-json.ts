import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';
import type { ItemJson } from '../../answers/item-format.ts';
import type { NumberedChunk } from './numbered-chunk.ts';

const EMPTY_CONTENT = '"content":""';

/** Writes the chunks of one stream as JSON. What all chunks that add text have in common is written once. */
export class ChunkJson implements ItemJson<NumberedChunk> {
  #shape: ChatCompletionChunk | undefined;
  /** JSON of the shape before and after the text. */
  #before = '';
  #after = '';

  /** The same as `JSON.stringify` of the chunk. */
  write({ text, shape }: NumberedChunk): string {
    if (text === undefined) return JSON.stringify(shape);
    if (shape !== this.#shape) this.#take(shape);
    return this.#before + JSON.stringify(text) + this.#after;
  }

  #take(shape: ChatCompletionChunk): void {
    // No string of the shape can hold this text: inside JSON its quotes would be escaped.
    const [before, after] = JSON.stringify(shape).split(EMPTY_CONTENT) as [string, string];
    this.#shape = shape;
    this.#before = `${before}"content":`;
    this.#after = after;
  }
}
