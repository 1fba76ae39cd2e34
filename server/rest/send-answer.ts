import type { FastifyReply } from 'fastify';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { toAnswerHeaders } from '../http/answer-headers.ts';
import { speaksAnthropic, toErrorAnswer } from '../http/error-answers.ts';
import { PACE } from '../http/keep-alive.ts';
import { stateOf } from '../http/request-state.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * A whole answer, which is JSON. One that takes longer than `holdMs` begins with white space, so that no proxy and no client
 * takes its silence for a dead connection; a failure after that is an envelope in the body of a 200. Anthropic's clients
 * would take such a body for a message, so that the connection is cut behind it, and they try again.
 */
export async function sendAnswer(answer: Promise<string>, reply: FastifyReply, holdMs: number): Promise<FastifyReply> {
  let slow: SlowAnswer | undefined;
  const late = holdMs > 0 ? setTimeout(() => (slow = new SlowAnswer(reply)), holdMs) : undefined;
  try {
    const text = await answer;
    if (slow) return slow.end(text);
    return reply
      .headers(toAnswerHeaders(stateOf(reply.request.raw)))
      .type(JSON_TYPE)
      .send(text);
  } catch (thrown) {
    if (slow === undefined) throw thrown;
    const error = toTrestleError(thrown);
    stateOf(reply.request.raw)!.failure = error;
    const { body } = toErrorAnswer(reply, error);
    return speaksAnthropic(reply) ? slow.cut(body) : slow.end(body);
  } finally {
    clearTimeout(late);
  }
}

/** An answer whose status went out before it was there. */
class SlowAnswer {
  readonly #reply: FastifyReply;
  readonly #spaces: NodeJS.Timeout;

  constructor(reply: FastifyReply) {
    this.#reply = reply;
    const headers = toAnswerHeaders(stateOf(reply.request.raw));
    for (const [name, value] of Object.entries(reply.getHeaders())) headers[name] = String(value);
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': JSON_TYPE, 'x-accel-buffering': 'no', ...headers });
    reply.raw.write(' ');
    this.#spaces = setInterval(() => reply.raw.destroyed || reply.raw.write(' '), PACE.others.sayEvery);
  }

  end(text: string): FastifyReply {
    clearInterval(this.#spaces);
    if (!this.#reply.raw.destroyed) this.#reply.raw.end(text);
    return this.#reply;
  }

  /** Ends with a text after which the body is not complete. */
  cut(text: string): FastifyReply {
    clearInterval(this.#spaces);
    const { raw } = this.#reply;
    if (!raw.destroyed) raw.write(text, () => raw.socket?.destroySoon());
    return this.#reply;
  }
}
