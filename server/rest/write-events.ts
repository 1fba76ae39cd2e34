import type { FastifyReply } from 'fastify';
import { LIVENESS } from '../../shared/liveness.ts';
import type { Numbered } from '../answers/item-format.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { toAnswerHeaders } from '../http/answer-headers.ts';
import { isOwnClient, PACE } from '../http/keep-alive.ts';
import { stateOf } from '../http/request-state.ts';
import type { Services } from '../services.ts';
import type { Context } from '../trpc/context.ts';
import type { Subscription } from '../trpc/subscription.ts';
import { styleOf } from './event-styles.ts';
import { SseWriter } from './sse.ts';

/** How long the status waits for Claude's first content, so that an early failure keeps its own. */
export const UNTIL_CONTENT_MS = 10_000;
/** For our own client, which takes a longer silence for a lost connection. */
export const UNTIL_CONTENT_OWN_CLIENT_MS = LIVENESS.sayEvery;
/** For an answer that has begun already, just until it is known whether it can be read. */
const UNTIL_FOUND_MS = 1;
/** The same where another process may have to be asked. */
const UNTIL_FOUND_ELSEWHERE_MS = 1000;

/** How long the status waits for an answer that has begun already. */
export function untilFoundMs({ worker }: Pick<Services, 'worker'>): number {
  return worker === 0 ? UNTIL_FOUND_MS : UNTIL_FOUND_ELSEWHERE_MS;
}

/**
 * A subscription as server-sent events. Throws when the call fails before anything was sent; afterwards the stream says
 * that it failed.
 */
export async function writeEvents(
  context: Context,
  subscribed: Promise<unknown>,
  reply: FastifyReply,
  holdMs: number,
): Promise<FastifyReply> {
  // Called inside the server, a subscription gives what its resolver returned, which is not what its type says.
  const { reading, format } = (await subscribed) as Subscription<unknown, Numbered>;
  let writer: SseWriter<Numbered> | undefined;
  // From here on nothing but the writer answers: whatever may throw comes before.
  const write = (): SseWriter<Numbered> => {
    const headers = toAnswerHeaders(stateOf(reply.request.raw));
    for (const [name, value] of Object.entries(reply.getHeaders())) headers[name] = String(value);
    reply.hijack();
    return new SseWriter(reply.raw, {
      headers,
      json: format.createJson(),
      style: styleOf(format.name),
      ids: context.resumable,
      keepAliveMs: (isOwnClient(reply.request.headers) ? PACE.ownClient : PACE.others).sayEvery,
      stallTimeoutMs: context.services.config.stallTimeoutMs,
    });
  };
  const late = setTimeout(() => {
    writer = write();
    writer.begin();
  }, holdMs);
  try {
    for (let ready = await reading.read(); ready !== undefined; ready = await reading.read()) {
      clearTimeout(late);
      writer ??= write();
      for (const item of ready) writer.add(item, reading.id);
      writer.flush();
      if (writer.full) await writer.drained();
    }
    (writer ??= write()).done();
  } catch (thrown) {
    if (writer === undefined) throw thrown;
    const { requestId, records } = stateOf(reply.request.raw)!;
    writer.fail(toTrestleError(thrown), {
      requestId,
      id: reading.hasAnswer ? reading.id : undefined,
      model: records[0]?.model,
    });
  } finally {
    clearTimeout(late);
  }
  return reply;
}
