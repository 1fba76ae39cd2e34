import type Anthropic from '@anthropic-ai/sdk';
import {
  MessagesCountRequest,
  MessagesCreateRequest,
  MessagesStreamRequest,
} from '../../../shared/messages/messages-request.ts';
import { digestOf } from '../../answers/request-key.ts';
import { MESSAGE_EVENTS, type MessageEvent } from '../../messages/event-format.ts';
import { identityOf, type MessagesRequest } from '../../messages/messages-request.ts';
import { countMessageTokens } from '../../messages/messages-verb.ts';
import { answerCall } from '../call-scope.ts';
import { Subscription } from '../subscription.ts';
import { procedure, router } from '../trpc.ts';

/** The version that the SDK's types are of. */
const VERSION = '2023-06-01';

export const messagesRouter = router({
  /** A whole message, in Claude's own shapes. */
  create: procedure.input(MessagesCreateRequest).mutation(({ ctx, input }) =>
    answerCall(ctx, 'messages.create', async (call) => {
      const request = toRequest(input, false);
      const json = await ctx.services.requests.complete(ctx.services.messages, call, request);
      // Sound: it is what Claude answers to such a request.
      return JSON.parse(json) as Anthropic.Message;
    }),
  ),

  /** A streamed message, in Claude's own events. */
  stream: procedure.input(MessagesStreamRequest).subscription(({ ctx, input, signal }) => {
    const { messages, requests } = ctx.services;
    const { lastEventId, idempotencyKey: given, ...asked } = input;
    const request = toRequest(asked, true);
    const idempotencyKey = given ?? ctx.idempotencyKey;
    const named = idempotencyKey !== undefined;
    const subscription = new Subscription<string, MessageEvent>(ctx, MESSAGE_EVENTS, {
      path: 'messages.stream',
      signal,
      named,
      digest: ctx.socket && !named ? digestOf(messages.name, identityOf(request)) : undefined,
      open: (call) => requests.stream(messages, { ...call, idempotencyKey }, { request, lastEventId }),
    });
    // Sound: each text is an event of Claude's, and is parsed on the way to a caller of tRPC.
    return subscription as unknown as Subscription<Anthropic.RawMessageStreamEvent, MessageEvent>;
  }),

  /** The input tokens of a request, before it is made. */
  countTokens: procedure.input(MessagesCountRequest).query(({ ctx, input }) =>
    answerCall(ctx, 'messages.countTokens', async (call) => {
      const json = await countMessageTokens(ctx.services, call, toRequest(input, false));
      // Sound: as above.
      return JSON.parse(json) as Anthropic.MessageTokensCount;
    }),
  ),
});

function toRequest(input: MessagesCreateRequest | MessagesCountRequest, stream: boolean): MessagesRequest {
  const { betas, ...body } = input;
  return {
    json: JSON.stringify(stream ? { ...body, stream: true } : body),
    model: body.model,
    stream: stream || ('stream' in body && body.stream === true),
    headers: { 'anthropic-version': VERSION, ...(betas && { 'anthropic-beta': betas.join(',') }) },
  };
}
