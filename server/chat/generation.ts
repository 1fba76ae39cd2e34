import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { TrestleError } from '../../shared/error.ts';
import type { CallRecord } from './call.ts';

export interface GenerationLimits {
  /** Of chunks kept for readers that come back, in bytes, about. */
  replayBytes: number;
  /** How far Claude may be ahead of the slowest reader, in bytes, about. */
  aheadBytes: number;
}

/** Who asked for what. */
export interface Asked {
  id: string;
  owner: string;
  record: CallRecord;
}

/** A chunk by its number in the stream, from 0. */
export interface NumberedChunk {
  number: number;
  chunk: ChatCompletionChunk;
}

interface Reader {
  next: number;
}

interface Entry {
  chunk: ChatCompletionChunk;
  /** Bytes of all chunks up to and with this one. */
  end: number;
}

/**
 * One answer on its way, which may outlive the connection that asked for it: its chunks are numbered and
 * kept for a while, and any number of readers read them, each from where it is.
 */
export class Generation {
  readonly id: string;
  readonly owner: string;
  /** Of the call that asked for it; whoever comes back to it shares it. */
  readonly record: CallRecord;
  readonly #limits: GenerationLimits;
  readonly #abort: AbortController;
  readonly #readers = new Set<Reader>();
  #entries: Entry[] = [];
  /** Number of the first chunk that is still kept. */
  #first = 0;
  /** Bytes of the chunks that were dropped before it. */
  #droppedBytes = 0;
  #state: 'running' | 'done' | 'failed' = 'running';
  #error: unknown;
  #wakers: (() => void)[] = [];
  #room: (() => void) | undefined;

  constructor({ id, owner, record }: Asked, abort: AbortController, limits: GenerationLimits) {
    this.id = id;
    this.owner = owner;
    this.record = record;
    this.#abort = abort;
    this.#limits = limits;
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Bytes kept, about. */
  get bytes(): number {
    return this.#end - this.#droppedBytes;
  }

  /** Resolves when the answer is over, to whether it failed. */
  ended: Promise<boolean> = new Promise(() => {});

  /** Takes all of the answer, no faster than it is read. */
  start(chunks: AsyncIterable<ChatCompletionChunk>): void {
    this.ended = this.#run(chunks);
  }

  /** Never rejects: readers get the failure. */
  async #run(chunks: AsyncIterable<ChatCompletionChunk>): Promise<boolean> {
    try {
      for await (const chunk of chunks) {
        this.#entries.push({ chunk, end: this.#end + sizeOf(chunk) });
        this.#forgetRead();
        this.#wake();
        while (this.#isFull() && !this.#abort.signal.aborted) await this.#untilRoom();
      }
      this.#state = 'done';
    } catch (thrown) {
      this.#state = 'failed';
      this.#error = thrown;
    }
    this.#wake();
    return this.#state === 'failed';
  }

  /** Ends the call to Claude; readers get what was kept and then the reason. */
  cancel(reason: TrestleError): void {
    if (this.running) this.#abort.abort(reason);
    this.#room?.();
  }

  /**
   * The chunks from a number on. Throws 412 when the first of them is no longer kept, and whatever ended the answer.
   * A reader that is gone ends by its signal.
   */
  async *read(from: number, signal: AbortSignal): AsyncGenerator<NumberedChunk> {
    if (from < this.#first || from > this.#first + this.#entries.length) throw notKept();
    const reader: Reader = { next: from };
    this.#readers.add(reader);
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake, { once: true });
    try {
      while (!signal.aborted) {
        const entry = this.#entries[reader.next - this.#first];
        if (entry !== undefined) {
          yield { number: reader.next, chunk: entry.chunk };
          reader.next += 1;
          if (this.#room && !this.#isFull()) this.#room();
        } else if (this.#state === 'failed') throw this.#error;
        else if (this.#state === 'done') return;
        else await new Promise<void>((resolve) => this.#wakers.push(resolve));
      }
      throw signal.reason;
    } finally {
      signal.removeEventListener('abort', wake);
      this.#readers.delete(reader);
      this.#room?.();
    }
  }

  get #end(): number {
    return this.#entries.at(-1)?.end ?? this.#droppedBytes;
  }

  /** Where the slowest reader stands; without readers, where the next one may have to start. */
  #slowest(): number {
    let slowest = this.#first + this.#entries.length;
    for (const reader of this.#readers) slowest = Math.min(slowest, reader.next);
    return slowest;
  }

  #isFull(): boolean {
    if (this.#readers.size === 0) return this.bytes > this.#limits.replayBytes;
    const read = this.#entries[this.#slowest() - this.#first - 1]?.end ?? this.#droppedBytes;
    return this.#end - read > this.#limits.aheadBytes;
  }

  /** Drops the oldest chunks over the limit, but none that a reader has yet to read. */
  #forgetRead(): void {
    if (this.bytes <= this.#limits.replayBytes || this.#readers.size === 0) return;
    const readable = this.#slowest() - this.#first;
    let count = 0;
    let dropped = this.#droppedBytes;
    // A quarter more than need be, so that the list is not cut at every chunk.
    while (count < readable && this.#end - dropped > this.#limits.replayBytes * 0.75)
      dropped = this.#entries[count++]!.end;
    if (count === 0) return;
    this.#entries = this.#entries.slice(count);
    this.#first += count;
    this.#droppedBytes = dropped;
  }

  #untilRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.#room = () => {
        this.#room = undefined;
        resolve();
      };
    });
  }

  #wake(): void {
    const wakers = this.#wakers;
    if (wakers.length === 0) return;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}

export function notKept(): TrestleError {
  return new TrestleError(
    'stream_not_resumable',
    'This stream can not be resumed from there: it is unknown, over for too long, or of another key. A new request starts a new answer',
    { param: 'lastEventId' },
  );
}

/** An estimate: what differs from chunk to chunk, and about what does not. */
function sizeOf({ choices }: ChatCompletionChunk): number {
  let size = 400;
  for (const { delta } of choices) {
    size += (delta.content?.length ?? 0) + (delta.reasoning_content?.length ?? 0);
    for (const call of delta.tool_calls ?? [])
      size += call.function?.arguments?.length ?? call.custom?.input?.length ?? 0;
    for (const detail of delta.reasoning_details ?? []) size += JSON.stringify(detail).length;
  }
  return size;
}
