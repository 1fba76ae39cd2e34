import type { FastifyReply } from 'fastify';
import { type Context, stateOf } from '../context.ts';
import type { StreamCall } from '../stream-call.ts';
import { toTrestleError } from '../to-trestle-error.ts';
import { toAnswerHeaders } from './headers.ts';
import { SseWriter } from './sse.ts';

/** How long the status waits for Claude's first content, so that an early failure keeps its own. */
export const UNTIL_CONTENT_MS = 10_000;
/** For an answer that has begun already, just until it is known whether it can be read. */
export const UNTIL_FOUND_MS = 1;
/** Likewise, where another process may have to be asked. */
export const UNTIL_FOUND_ELSEWHERE_MS = 1000;

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
  // Called inside the server, a subscription gives what its resolver returned, which is not what its type says.
  const chunks = (await subscribe()) as StreamCall;
  const first = chunks.read();
  const begun = await settledWithin(first, holdMs);

  const headers = Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
  Object.assign(headers, toAnswerHeaders(stateOf(reply.request.raw)));
  // From here on nothing but the writer answers: whatever may throw comes before.
  reply.hijack();
  const writer = new SseWriter(reply.raw, headers, context.services.config.stallTimeoutMs);
  if (!begun) writer.begin();
  try {
    for (let ready = await first; ready !== undefined; ready = await chunks.read()) {
      for (const chunk of ready) writer.add(chunk, chunks.id);
      writer.flush();
      if (writer.full) await writer.drained();
    }
    writer.done();
  } catch (thrown) {
    writer.fail({ error: toTrestleError(thrown).toObject() });
  }
  return reply;
}

/** Waits for a promise, at most so long; tells whether it came. Rejects when it rejects in time. */
async function settledWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
