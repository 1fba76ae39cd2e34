import { beforeFirst, parseEventId } from '../../shared/event-id.ts';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TrestleError } from '../../shared/error.ts';
import { type Context, createHttpContext } from '../trpc/context.ts';
import { stateOf } from '../http/request-state.ts';
import { route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { notKept } from '../answers/answer.ts';
import { isOwnClient } from '../http/keep-alive.ts';
import { fromResponsesBody } from '../claude/request/from-responses-body.ts';
import { Cancellation } from '../calls/cancellation.ts';
import { callProcedure, type ProcedureRoute, procedureRoutes } from './procedure-call.ts';
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

/** Azure's route, which names the model in its path. */
const AZURE: ProcedureRoute = {
  path: 'chat.complete',
  method: 'POST',
  url: '/openai/deployments/:model/chat/completions',
};

/** OpenAI's routes, each answered by the tRPC procedure whose `openapi` names it. */
export function registerRestRoutes(app: FastifyInstance, services: Services): void {
  const contextOf = ({ raw }: FastifyRequest, resumable = isNamed(raw)): Context => {
    const cancellation = new Cancellation();
    stateOf(raw)!.cancellation = cancellation;
    return createHttpContext(services, raw, cancellation, resumable);
  };

  for (const { path, method, url } of [...procedureRoutes(), AZURE]) {
    const stream = STREAMS[path];
    // Not an async function, which would keep the input until the answer is there.
    route(app, method, url, (request, reply) => {
      const input = toInput(request);
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
    const lastEventId = request.headers['last-event-id'] ?? inQuery ?? beforeFirst(id);
    if (typeof lastEventId !== 'string' || parseEventId(lastEventId)?.id !== id) throw notKept();
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

/** A route's parameters are fields of its procedure's input, and win over those of the body. */
function toInput(request: FastifyRequest): Record<string, unknown> {
  const parameters = request.params as Record<string, unknown>;
  if (request.method !== 'POST') return parameters;
  const body = fromResponsesBody(toBody(request));
  return request.routeOptions.url?.includes(':') ? { ...body, ...parameters } : body;
}

function toBody({ body }: FastifyRequest): Record<string, unknown> {
  if (isPlainObject(body)) return body;
  throw new TrestleError('invalid_type', 'The request body must be a JSON object');
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
