import { tracked, type TrackedEnvelope } from '@trpc/server';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { formatEventId } from '../../shared/event-id.ts';
import { ChunkJson } from '../chat/chunks/chunk-json.ts';
import type { NumberedChunk } from '../chat/chunks/numbered-chunk.ts';
import { AnswerReading, type ReadingOptions } from './answer-reading.ts';
import { ChunkBatch } from './chunk-batch.ts';
import type { Context } from './context.ts';

type Chunk = TrackedEnvelope<ChatCompletionChunk>;

const DONE = { done: true, value: undefined } as const;

/** A streamed answer as tRPC's subscriptions give it: each chunk under an id by which the caller can come back. */
export class Subscription implements AsyncIterableIterator<Chunk, undefined> {
  readonly #ctx: Context;
  /** For REST, which reads batches of chunks. */
  readonly reading: AnswerReading<NumberedChunk>;
  #json: ChunkJson | undefined;

  constructor(ctx: Context, options: ReadingOptions<NumberedChunk>) {
    this.#ctx = ctx;
    this.reading = new AnswerReading(ctx, options);
  }

  /** One chunk, or over WebSocket all that are there. Rejects with what refused the call or broke the answer. */
  async next(): Promise<IteratorResult<Chunk, undefined>> {
    if (this.#ctx.socket) {
      const chunks = await this.reading.read();
      if (chunks === undefined) return DONE;
      this.#json ??= new ChunkJson();
      // Sound: the socket's encoder makes of it what tRPC makes of the chunks.
      return { done: false, value: new ChunkBatch(this.reading.id, chunks, this.#json) as unknown as Chunk };
    }
    const next = await this.reading.next();
    if (next === undefined) return DONE;
    return { done: false, value: tracked(formatEventId(this.reading.id, next.number), next.chunk) };
  }

  return(): Promise<IteratorResult<Chunk, undefined>> {
    this.reading.leave();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
