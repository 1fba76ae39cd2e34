import { tracked, type TrackedEnvelope } from '@trpc/server';
import { formatEventId } from '../../shared/event-id.ts';
import type { ItemFormat, ItemJson, Numbered } from '../answers/item-format.ts';
import { AnswerReading, type ReadingOptions } from './answer-reading.ts';
import { ChunkBatch } from './chunk-batch.ts';
import type { Context } from './context.ts';

const DONE = { done: true, value: undefined } as const;

/** A streamed answer as tRPC's subscriptions give it: each item under an id by which the caller can come back. */
export class Subscription<Item, Kept extends Numbered> implements AsyncIterableIterator<
  TrackedEnvelope<Item>,
  undefined
> {
  readonly #ctx: Context;
  readonly format: ItemFormat<Item, Kept>;
  /** For REST, which reads batches of items. */
  readonly reading: AnswerReading<Kept>;
  #json: ItemJson<Kept> | undefined;

  constructor(ctx: Context, format: ItemFormat<Item, Kept>, options: ReadingOptions<Kept>) {
    this.#ctx = ctx;
    this.format = format;
    this.reading = new AnswerReading(ctx, options);
  }

  /** One item, or over WebSocket all that are there. Rejects with what refused the call or broke the answer. */
  async next(): Promise<IteratorResult<TrackedEnvelope<Item>, undefined>> {
    if (this.#ctx.socket) {
      const items = await this.reading.read();
      if (items === undefined) return DONE;
      this.#json ??= this.format.createJson();
      // Sound: the socket's encoder makes of it what tRPC makes of the items.
      return { done: false, value: new ChunkBatch(this.reading.id, items, this.#json) as never };
    }
    const next = await this.reading.next();
    if (next === undefined) return DONE;
    const id = formatEventId(this.reading.id, next.number);
    // Sound: it is what the item's JSON says.
    return { done: false, value: tracked(id, this.format.toValue(next) as Item) };
  }

  return(): Promise<IteratorResult<TrackedEnvelope<Item>, undefined>> {
    this.reading.leave();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
