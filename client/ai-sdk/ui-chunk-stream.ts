import type { UIMessageChunk } from 'ai';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { toChatError } from './disconnect-error.ts';
import { UiChunkConverter } from './ui-chunk-converter.ts';

export interface UiChunkStreamOptions {
  /** What comes before the answer's own parts. */
  before: UIMessageChunk[];
  /** The answer's first chunk, which has been read already. */
  first: IteratorResult<ChatCompletionChunk, unknown>;
  signal: AbortSignal | undefined;
  /** Called once, when no more of the answer will be read. `error` says why, if it was not whole. */
  onEnd: (error?: unknown) => void;
}

/**
 * An answer as the stream that a ChatTransport gives. One that fails errors the stream with the failure itself,
 * so that `useChat().error` is the TrestleError; one that was stopped ends with an `abort` part.
 */
export function toUiChunkStream(
  chunks: AsyncIterator<ChatCompletionChunk, unknown>,
  { before, first, signal, onEnd }: UiChunkStreamOptions,
): ReadableStream<UIMessageChunk> {
  const converter = new UiChunkConverter();
  let waiting: typeof first | undefined = first;
  let ready = before;

  async function next(): Promise<UIMessageChunk[] | undefined> {
    const { done, value } = waiting ?? (await chunks.next());
    waiting = undefined;
    return done ? undefined : converter.push(value);
  }

  return new ReadableStream<UIMessageChunk>(
    {
      async pull(controller) {
        try {
          while (ready.length === 0) {
            const more = await next();
            if (more === undefined) {
              for (const part of converter.finish()) controller.enqueue(part);
              controller.close();
              return onEnd();
            }
            ready = more;
          }
          // Only called when none waits to be read, so that a failure can't overtake what came before it.
          for (const part of ready) controller.enqueue(part);
          ready = [];
        } catch (thrown) {
          onEnd(thrown);
          if (!signal?.aborted) return controller.error(toChatError(thrown));
          controller.enqueue({ type: 'abort' });
          controller.close();
        }
      },
      async cancel(reason) {
        onEnd(reason);
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
