import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { invalidApiKey } from '../authenticate.ts';
import { TrestleError } from '../../shared/error.ts';
import { type Context, createHttpContext, type Services, stateOf } from '../context.ts';
import { notKept } from '../chat/generation.ts';
import { isOwnClient } from '../keep-alive.ts';
import { Cancellation } from '../upstream/cancellation.ts';
import { isPlainObject } from './plain-object.ts';
import { callProcedure, procedureRoutes } from './procedure-call.ts';
import { repeatOf } from './repeat-of.ts';
import { sendAnswer } from './send-answer.ts';
import {
  UNTIL_CONTENT_MS,
  UNTIL_CONTENT_OWN_CLIENT_MS,
  UNTIL_FOUND_ELSEWHERE_MS,
  UNTIL_FOUND_MS,
  writeEvents,
} from './write-events.ts';

/** The subscription that answers in place of a procedure when the body asks for a stream. */
const STREAMS: Readonly<Record<string, string>> = { 'chat.complete': 'chat.stream' };

/** OpenAI's routes, each answered by the tRPC procedure whose `openapi` names it. */
export function registerRestRoutes(app: FastifyInstance, services: Services): void {
  const contextOf = ({ raw }: FastifyRequest, resumable = isNamed(raw)): Context => {
    const cancellation = new Cancellation();
    stateOf(raw)!.cancellation = cancellation;
    return createHttpContext(services, raw, cancellation, resumable);
  };

  for (const { path, method, url } of procedureRoutes()) {
    const stream = STREAMS[path];
    // Not an async function, which would keep the input until the answer is there.
    route(app, method, url, (request, reply) => {
      const input = method === 'POST' ? toBody(request) : (request.params as Record<string, unknown>);
      request.body = undefined;
      const context = contextOf(request);
      if (stream !== undefined && input['stream'] === true) {
        const holdMs = isOwnClient(request.headers) ? UNTIL_CONTENT_OWN_CLIENT_MS : UNTIL_CONTENT_MS;
        return writeEvents(context, callProcedure(stream, context, input), reply, holdMs);
      }
      if (stream !== undefined && services.config.joinRetries) context.repeat = repeatOf(request.raw, input);
      return sendAnswer(callProcedure(path, context, input), reply, services.config.wholeAnswerHoldMs);
    });
  }
  const resume = (request: FastifyRequest, reply: FastifyReply, which: object): Promise<FastifyReply> => {
    const context = contextOf(request, true);
    const holdMs = services.worker === 0 ? UNTIL_FOUND_MS : UNTIL_FOUND_ELSEWHERE_MS;
    return writeEvents(context, callProcedure('chat.resume', context, which), reply, holdMs);
  };
  route(app, 'GET', '/v1/chat/completions/:id/events', (request, reply) => {
    const { id } = request.params as { id: string };
    // In the query for callers behind proxies that drop the header.
    const { last_event_id: inQuery } = request.query as { last_event_id?: unknown };
    const lastEventId = request.headers['last-event-id'] ?? inQuery ?? `${id}:-1`;
    if (typeof lastEventId !== 'string' || !lastEventId.startsWith(`${id}:`)) throw notKept();
    return resume(request, reply, { lastEventId });
  });
  route(app, 'GET', '/v1/chat/completions/events', (request, reply) =>
    resume(request, reply, { idempotencyKey: request.headers['idempotency-key'] }),
  );
}

/** A caller that gave its request no name, and leaves, is taken to have left for good: answers cost money. */
function isNamed({ headers }: IncomingMessage): boolean {
  return headers['idempotency-key'] !== undefined;
}

function toBody({ body }: FastifyRequest): Record<string, unknown> {
  if (isPlainObject(body)) return body;
  throw new TrestleError('invalid_type', 'The request body must be a JSON object');
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** A route, and a 405 with `allow` for every other method. */
export function route(app: FastifyInstance, method: 'GET' | 'POST', url: string, handler: Handler): void {
  const allowed: readonly HTTPMethods[] = method === 'GET' ? ['GET', 'HEAD'] : ['POST'];
  app.route({
    method,
    url,
    handler,
    // Before the body is read: it may be long, and its sender has no business here.
    onRequest: (request, _reply, done) =>
      done(method === 'POST' && !stateOf(request.raw)?.caller ? invalidApiKey() : undefined),
  });
  app.route({
    method: METHODS.filter((other) => !allowed.includes(other)),
    url,
    // Before the body is read: what it holds does not matter.
    onRequest: (request, reply, done) => {
      reply.header('allow', allowed.join(', '));
      done(
        new TrestleError('method_not_allowed', `${request.method} is not allowed here; use ${allowed.join(' or ')}`),
      );
    },
    handler: (_request, reply) => reply,
  });
}
