import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';

/**
 * What is to be streamed: a request under the name by which it may be sent again, the answer to a request that was sent
 * under that name, or the rest of an answer.
 */
export type StreamCall =
  | { request: ChatCompletionRequest; idempotencyKey: string }
  | { idempotencyKey: string }
  | {
      /** The id of the last chunk that was seen; `<completion id>:-1` for none. */
      lastEventId: string;
    };

/** Where a transport delivers to. After `end` or `fail` it says no more. */
export interface StreamSink {
  state(state: 'connecting' | 'open' | 'resuming'): void;
  /** A promise asks to wait with the next one, for a reader that is slow. */
  chunk(chunk: ChatCompletionChunk, eventId: string): Promise<void> | undefined;
  end(): void;
  fail(thrown: unknown): void;
}

/** Begins to deliver, connecting again by itself. What it returns stops it, and Claude's work. */
export type StreamTransport = (call: StreamCall, sink: StreamSink) => () => void;
