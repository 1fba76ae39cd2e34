import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';
import type { ItemFormat, ItemStore } from '../../answers/item-format.ts';
import { SizedLog } from '../../answers/sized-log.ts';
import { ChunkJson } from './chunk-json.ts';
import { NumberedChunk } from './numbered-chunk.ts';
import { addedText, isAlike, withText } from './text-chunk.ts';

/** Approximate bytes that are kept for each chunk besides its text. */
const BYTES_A_TEXT = 64;
const BYTES_A_CHUNK = 400;

/** A text, or a chunk that says more. */
type Kept = string | ChatCompletionChunk;

/** A log as plain JSON. */
export interface PackedChunks {
  first: number;
  kept: readonly Kept[];
  shape: ChatCompletionChunk | undefined;
}

/** Chunks of one answer by their numbers, from 0. Of those that add text the text alone is kept. */
export class ChunkStore extends SizedLog<Kept> implements ItemStore<ChatCompletionChunk, NumberedChunk> {
  /** What the kept texts were taken from. */
  #shape: ChatCompletionChunk | undefined;

  /** Returns the bytes that it takes. */
  push(chunk: ChatCompletionChunk): number {
    const text = addedText(chunk);
    this.#shape ??= text === undefined ? undefined : withText(chunk, '');
    return this.#keep(text !== undefined && isAlike(this.#shape!, chunk) ? text : chunk);
  }

  #keep(kept: Kept): number {
    return this.add(kept, typeof kept === 'string' ? BYTES_A_TEXT + kept.length : sizeOf(kept));
  }

  pack(): PackedChunks {
    return { first: this.first, kept: this.kept, shape: this.#shape };
  }

  static unpack({ first, kept, shape }: PackedChunks): ChunkStore {
    const log = new ChunkStore();
    log.first = first;
    log.#shape = shape;
    for (const one of kept) log.#keep(one);
    return log;
  }

  at(number: number): NumberedChunk | undefined {
    const kept = this.keptAt(number);
    if (kept === undefined) return;
    return typeof kept === 'string' ? new NumberedChunk(number, this.#shape!, kept) : new NumberedChunk(number, kept);
  }
}

/** OpenAI's chunks of chat completions. */
export const CHAT_CHUNKS: ItemFormat<ChatCompletionChunk, NumberedChunk> = {
  name: 'chat.completion.chunk',
  createStore: () => new ChunkStore(),
  // Sound: a store packed it.
  unpack: (packed) => ChunkStore.unpack(packed as PackedChunks),
  toValue: ({ chunk }) => chunk,
  toWire: ({ chunk }) => chunk,
  fromWire: (number, chunk) => new NumberedChunk(number, chunk as ChatCompletionChunk),
  createJson: () => new ChunkJson(),
};

/** An estimate: what differs from chunk to chunk, and about what does not. */
function sizeOf({ choices }: ChatCompletionChunk): number {
  let size = BYTES_A_CHUNK;
  for (const { delta } of choices) {
    size += (delta.content?.length ?? 0) + (delta.reasoning_content?.length ?? 0);
    for (const call of delta.tool_calls ?? [])
      size += call.function?.arguments?.length ?? call.custom?.input?.length ?? 0;
    for (const detail of delta.reasoning_details ?? []) size += JSON.stringify(detail).length;
  }
  return size;
}
