import type { FastifyReply } from 'fastify';
import { stateOf } from './request-state.ts';
import { takeOver } from './take-over.ts';

/** Milliseconds that the rest of a body is read for, so that its sender sees the answer. nginx's default is the same. */
const MAX_LINGER_MS = 30_000;
/** The same for a caller without a key. */
const MAX_UNKNOWN_LINGER_MS = 5000;

/**
 * Answers a request whose body is still on its way. To close the connection then would reset it, and a sender that is
 * reset drops an answer that it has not read: so the whole answer goes out now, and the connection ends when the body
 * does, which is read and thrown away for a while (a lingering close, as in nginx).
 */
export function answerEarly(reply: FastifyReply, body: string): FastifyReply {
  const { raw: request } = reply.request;
  const response = takeOver(reply);
  response.setHeader('connection', 'close');
  response.setHeader('content-length', Buffer.byteLength(body));
  response.statusCode = reply.statusCode;
  if (request.method === 'HEAD') response.flushHeaders();
  else response.write(body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const lingerMs = stateOf(request)?.admission.caller ? MAX_LINGER_MS : MAX_UNKNOWN_LINGER_MS;
  const timer = setTimeout(end, lingerMs);
  request.once('end', end).once('close', end).on('error', end).resume();
  return reply;
}
