import type { ChatCompletionChunk } from '../shared/chat-chunk.ts';
import { toTrestleError } from './to-trestle-error.ts';

/** A streamed answer, to be read once; it starts when the first chunk is asked for. */
export type ChunkStream = AsyncIterableIterator<ChatCompletionChunk, undefined>;

type Open = () => AsyncIterator<{ data: ChatCompletionChunk }>;

/**
 * The chunks of a subscription. Not a generator: that would answer `return()` only after the next chunk,
 * and Claude would write, and be paid, until then.
 */
export function toChunkStream(open: Open, signal: AbortSignal | undefined): ChunkStream {
  let inner: ReturnType<Open> | undefined;
  let over = false;
  return {
    async next() {
      if (over) return { done: true, value: undefined };
      try {
        signal?.throwIfAborted();
        inner ??= open();
        const { done, value } = await inner.next();
        signal?.throwIfAborted();
        if (!done) return { done: false, value: value.data };
        over = true;
        return { done: true, value: undefined };
      } catch (thrown) {
        over = true;
        await inner?.return?.();
        throw signal?.aborted ? signal.reason : toTrestleError(thrown);
      }
    },
    async return() {
      over = true;
      await inner?.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
