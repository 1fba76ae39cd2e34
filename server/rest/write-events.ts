import type { TrackedEnvelope } from '@trpc/server';
import type { FastifyReply } from 'fastify';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import { type Context, stateOf } from '../context.ts';
import { toTrestleError } from '../to-trestle-error.ts';
import { toAnswerHeaders } from './headers.ts';
import { SseWriter } from './sse.ts';

/** How long the status waits for Claude's first content, so that an early failure keeps its own. */
export const UNTIL_CONTENT_MS = 10_000;
/** For an answer that has begun already, just until it is known whether it can be read. */
export const UNTIL_FOUND_MS = 1;

/** What a subscription gives when it is called inside the server: tRPC's raw envelopes, which is not what its type says. */
type Chunks = AsyncIterable<TrackedEnvelope<ChatCompletionChunk>>;

/**
 * A subscription as server-sent events. Throws when the call fails before anything was sent;
 * afterwards a failure is an `error` event, and no `[DONE]` follows it.
 */
export async function writeEvents(
  context: Context,
  subscribe: () => Promise<unknown>,
  reply: FastifyReply,
  holdMs: number,
): Promise<FastifyReply> {
  const chunks = (await subscribe()) as Chunks;
  const iterator = chunks[Symbol.asyncIterator]();
  const first = iterator.next();
  await settledWithin(first, holdMs);

  const headers = Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
  Object.assign(headers, toAnswerHeaders(stateOf(reply.request.raw)));
  // From here on nothing but the writer answers: whatever may throw comes before.
  reply.hijack();
  const writer = new SseWriter(reply.raw, headers, context.services.config.stallTimeoutMs);
  try {
    for (let next = await first; !next.done; next = await iterator.next()) {
      const [id, chunk] = next.value;
      await writer.send(chunk, id);
    }
    writer.done();
  } catch (thrown) {
    writer.fail({ error: toTrestleError(thrown).toObject() });
  }
  return reply;
}

/** Waits for a promise, at most so long. Rejects when it rejects in time. */
async function settledWithin(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
