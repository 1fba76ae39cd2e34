import type { TrackedEnvelope } from '@trpc/server';
import type { FastifyReply } from 'fastify';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { type Context, stateOf } from '../context.ts';
import { appRouter } from '../router.ts';
import { toTrestleError } from '../to-trestle-error.ts';
import { toAnswerHeaders } from './headers.ts';
import { SseWriter } from './sse.ts';

/** How long the status waits for Claude's first content, so that an early failure keeps its own. */
const LONGEST_HOLD_MS = 10_000;

/**
 * `chat.stream` as server-sent events. Throws when the call fails before anything was sent;
 * afterwards a failure is an `error` event, and no `[DONE]` follows it.
 */
export async function streamCompletion(
  context: Context,
  request: ChatCompletionRequest,
  reply: FastifyReply,
): Promise<void> {
  const chunks = await appRouter.createCaller(context).chat.stream(request);
  // Called inside the server, a subscription yields tRPC's raw envelopes, `[id, chunk]`, not what its type says.
  const iterator = (chunks as unknown as AsyncIterable<TrackedEnvelope<ChatCompletionChunk>>)[Symbol.asyncIterator]();
  const first = iterator.next();
  await settledWithin(first, LONGEST_HOLD_MS);

  const headers = Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
  Object.assign(headers, toAnswerHeaders(stateOf(reply.request.raw)));
  // From here on nothing but the writer answers: whatever may throw comes before.
  reply.hijack();
  const writer = new SseWriter(reply.raw, headers);
  try {
    for (let next = await first; !next.done; next = await iterator.next()) await writer.send(next.value[1]);
    writer.done();
  } catch (thrown) {
    writer.fail({ error: toTrestleError(thrown).toObject() });
  }
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
