import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';
import type { ItemFormat, ItemStore } from '../../answers/item-format.ts';
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
  kept: Kept[];
  shape: ChatCompletionChunk | undefined;
}

/** Chunks of one answer by their numbers, from 0. Of those that add text the text alone is kept. */
export class ChunkStore implements ItemStore<ChatCompletionChunk, NumberedChunk> {
  /** Number of the first chunk that is still kept. */
  first = 0;
  #kept: Kept[] = [];
  /** For each, the bytes of all chunks up to and with it. */
  #ends: number[] = [];
  /** Bytes of the chunks that were released. */
  #released = 0;
  /** What the kept texts were taken from. */
  #shape: ChatCompletionChunk | undefined;

  /** Number of the chunk that comes next. */
  get end(): number {
    return this.first + this.#kept.length;
  }

  /** Bytes kept, about. */
  get bytes(): number {
    return this.bytesBefore(this.end) - this.#released;
  }

  /** Bytes of all chunks before a number, the released ones included. */
  bytesBefore(number: number): number {
    return this.#ends[number - this.first - 1] ?? this.#released;
  }

  /** Returns the bytes that it takes. */
  push(chunk: ChatCompletionChunk): number {
    const text = addedText(chunk);
    this.#shape ??= text === undefined ? undefined : withText(chunk, '');
    return this.#add(text !== undefined && isAlike(this.#shape!, chunk) ? text : chunk);
  }

  #add(kept: Kept): number {
    const size = typeof kept === 'string' ? BYTES_A_TEXT + kept.length : sizeOf(kept);
    this.#ends.push(this.bytesBefore(this.end) + size);
    this.#kept.push(kept);
    return size;
  }

  pack(): PackedChunks {
    return { first: this.first, kept: this.#kept, shape: this.#shape };
  }

  static unpack({ first, kept, shape }: PackedChunks): ChunkStore {
    const log = new ChunkStore();
    log.first = first;
    log.#shape = shape;
    for (const one of kept) log.#add(one);
    return log;
  }

  at(number: number): NumberedChunk | undefined {
    const kept = this.#kept[number - this.first];
    if (kept === undefined) return;
    return typeof kept === 'string' ? new NumberedChunk(number, this.#shape!, kept) : new NumberedChunk(number, kept);
  }

  /** Releases the chunks before a number. Returns their bytes. */
  releaseBefore(number: number): number {
    const count = number - this.first;
    if (count <= 0) return 0;
    const bytes = this.bytesBefore(number) - this.#released;
    this.#released += bytes;
    this.#kept = this.#kept.slice(count);
    this.#ends = this.#ends.slice(count);
    this.first = number;
    return bytes;
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
