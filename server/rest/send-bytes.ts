import type { FastifyReply } from 'fastify';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { toAnswerHeaders } from '../http/answer-headers.ts';
import { drained } from '../http/drained.ts';
import { stateOf } from '../http/request-state.ts';
import { takeOver } from '../http/take-over.ts';

/**
 * An answer that is sent as its bytes come, no faster than they are read. One that breaks has its connection cut, so that
 * nobody takes it for whole.
 */
export async function sendBytes(
  reply: FastifyReply,
  bytes: AsyncIterable<Buffer>,
  { type, stallTimeoutMs }: { type: string; stallTimeoutMs: number },
): Promise<void> {
  const state = stateOf(reply.request.raw);
  reply.headers(toAnswerHeaders(state)).header('content-type', type);
  const response = takeOver(reply);
  try {
    for await (const chunk of bytes) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await drained(response, stallTimeoutMs);
    }
    response.end();
  } catch (thrown) {
    if (state) state.failure = toTrestleError(thrown);
    response.destroy();
  }
}
