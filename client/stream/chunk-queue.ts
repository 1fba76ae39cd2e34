import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';

export type Step = IteratorResult<ChatCompletionChunk, undefined>;

interface QueuedChunk {
  chunk: ChatCompletionChunk;
  eventId: string;
}

/** Chunks that may wait for a slow reader before the transport is asked to wait. */
const MAX_WAITING = 64;

/** The chunks between a transport and a reader, each of which may be waiting for the other. */
export class ChunkQueue {
  #chunks: QueuedChunk[] = [];
  #readers: ((step: Step | Promise<Step>) => void)[] = [];
  #makeRoom: (() => void) | undefined;

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Gives a chunk to a reader that waits for one. Returns whether there is such a reader. */
  deliver(chunk: ChatCompletionChunk): boolean {
    const reader = this.#readers.shift();
    reader?.({ done: false, value: chunk });
    return reader !== undefined;
  }

  /** Keeps a chunk until it is read. */
  push(chunk: ChatCompletionChunk, eventId: string): void {
    this.#chunks.push({ chunk, eventId });
  }

  /** Resolves once chunks have been read; undefined where there is room for more. */
  room(): Promise<void> | undefined {
    if (this.#chunks.length < MAX_WAITING) return undefined;
    return new Promise((resolve) => (this.#makeRoom = resolve));
  }

  /** The oldest chunk. */
  shift(): QueuedChunk | undefined {
    const first = this.#chunks.shift();
    if (this.#chunks.length < MAX_WAITING) this.#makeRoom?.();
    return first;
  }

  /** Resolves with the next chunk that is delivered, or with what {@link end} says. */
  wait(): Promise<Step> {
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Drops what was not read. Returns the id of the last chunk dropped. */
  clear(): string | undefined {
    const last = this.#chunks.at(-1)?.eventId;
    this.#chunks = [];
    this.#makeRoom?.();
    return last;
  }

  /** Nothing is delivered any more: whoever waits gets a last step, and the transport need not wait. */
  end(lastStep: () => Promise<Step>): void {
    this.#makeRoom?.();
    const readers = this.#readers;
    this.#readers = [];
    for (const resolve of readers) resolve(lastStep());
  }
}
