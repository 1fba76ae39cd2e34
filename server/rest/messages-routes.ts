import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { beforeFirst, parseEventId } from '../../shared/event-id.ts';
import { notKept } from '../answers/answer.ts';
import { ANTHROPIC, PUBLIC, route } from '../http/route.ts';
import { MESSAGE_EVENTS } from '../messages/event-format.ts';
import { identityOf, type MessagesRequest, passedHeaders, readMessagesRequest } from '../messages/messages-request.ts';
import { countMessageTokens } from '../messages/messages-verb.ts';
import type { Services } from '../services.ts';
import { answerCall } from '../trpc/call-scope.ts';
import type { Context } from '../trpc/context.ts';
import { Subscription } from '../trpc/subscription.ts';
import { passed, takeBody } from './forwarded.ts';
import { lastEventIdOf } from './last-event-id.ts';
import { repeatOf } from './repeat-of.ts';
import { createRestContext, isNamed } from './rest-context.ts';
import { sendAnswer } from './send-answer.ts';
import { UNTIL_CONTENT_MS, untilFoundMs, writeEvents } from './write-events.ts';

/**
 * Anthropic's own routes. Bodies pass as they came, so that they are read as texts here, and do not go through a
 * procedure's schema; what is behind them is the same as at tRPC's `messages`.
 */
export function registerMessagesRoutes(app: FastifyInstance, services: Services): void {
  const { messages, requests, config } = services;

  route(
    app,
    'POST',
    '/v1/messages',
    (request, reply) => {
      const context = createRestContext(services, request, isNamed(request));
      const asked = requestOf(request);
      if (asked.stream) {
        const { idempotencyKey } = context;
        return streamed(context, reply, UNTIL_CONTENT_MS, idempotencyKey !== undefined, (call) =>
          requests.stream(messages, { ...call, idempotencyKey }, { request: asked, lastEventId: undefined }),
        );
      }
      if (config.joinRetries) context.repeat = repeatOf(request.raw, 'messages.create', identityOf(asked));
      const answer = answerCall(context, 'messages.create', (call) => requests.complete(messages, call, asked));
      return sendAnswer(answer, passed(reply, context), config.wholeAnswerHoldMs);
    },
    ANTHROPIC,
  );

  route(
    app,
    'POST',
    '/v1/messages/count_tokens',
    (request, reply) => {
      const context = createRestContext(services, request, false);
      const asked = requestOf(request);
      const answer = answerCall(context, 'messages.countTokens', (call) => countMessageTokens(services, call, asked));
      return sendAnswer(answer, passed(reply, context), 0);
    },
    ANTHROPIC,
  );

  const holdMs = untilFoundMs(services);
  route(
    app,
    'GET',
    '/v1/messages/events',
    (request, reply) => {
      const context = createRestContext(services, request, true);
      const key = String(request.headers['idempotency-key'] ?? '');
      const last = lastEventIdOf(request);
      const lastEventId = typeof last === 'string' && parseEventId(last) ? last : undefined;
      return streamed(context, reply, holdMs, true, ({ owner }) => {
        if (lastEventId !== undefined) return services.answers.find(MESSAGE_EVENTS, owner, lastEventId);
        if (key === '') throw notKept();
        return requests.resume(MESSAGE_EVENTS, owner, key);
      });
    },
    ANTHROPIC,
  );

  route(
    app,
    'GET',
    '/v1/messages/:id/events',
    (request, reply) => {
      const { id } = request.params as { id: string };
      const last = lastEventIdOf(request) ?? beforeFirst(id);
      if (typeof last !== 'string' || parseEventId(last)?.id !== id) throw notKept();
      return streamed(createRestContext(services, request, true), reply, holdMs, true, ({ owner }) =>
        services.answers.find(MESSAGE_EVENTS, owner, last),
      );
    },
    ANTHROPIC,
  );

  // Asked by Claude Code, before anything else, to see whether anybody is there.
  route(app, 'GET', '/api/hello', async (_request, reply) => reply.send({ message: 'hello' }), PUBLIC);
}

type Open = ConstructorParameters<typeof Subscription<string, never>>[2]['open'];

function streamed(
  context: Context,
  reply: FastifyReply,
  holdMs: number,
  named: boolean,
  open: (...parameters: Parameters<Open>) => unknown,
): Promise<FastifyReply> {
  const subscription = new Subscription(context, MESSAGE_EVENTS, {
    path: 'messages.stream',
    signal: undefined,
    named,
    // Sound: what is opened has the format above.
    open: open as never,
  });
  return writeEvents(context, Promise.resolve(subscription), passed(reply, context), holdMs);
}

function requestOf(request: FastifyRequest): MessagesRequest {
  return readMessagesRequest(takeBody(request), passedHeaders(request.headers));
}
