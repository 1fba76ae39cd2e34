import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { addedText, isAlike, withText } from '../chat/text-chunk.ts';

const EMPTY_CONTENT = '"content":""';

/** Writes the chunks of one stream as JSON. What all chunks that add text have in common is written once. */
export class ChunkJson {
  #shape: ChatCompletionChunk | undefined;
  /** JSON of the shape before and after the text. */
  #before = '';
  #after = '';

  /** The same as `JSON.stringify`. */
  write(chunk: ChatCompletionChunk): string {
    const text = addedText(chunk);
    if (text === undefined) return JSON.stringify(chunk);
    if (this.#shape === undefined || !isAlike(this.#shape, chunk)) this.#take(chunk);
    return this.#before + JSON.stringify(text) + this.#after;
  }

  #take(chunk: ChatCompletionChunk): void {
    // No string of the chunk can hold this text: inside JSON its quotes would be escaped.
    const [before, after] = JSON.stringify(withText(chunk, '')).split(EMPTY_CONTENT) as [string, string];
    this.#shape = chunk;
    this.#before = `${before}"content":`;
    this.#after = after;
  }
}
