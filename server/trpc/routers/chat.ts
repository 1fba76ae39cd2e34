import { ChatCompletion } from '../../../shared/chat-completion.ts';
import {
  ChatCancelRequest,
  ChatCompletionRequest,
  ChatResumeRequest,
  ChatStreamRequest,
} from '../../../shared/chat-request.ts';
import { TokenCount } from '../../../shared/token-count.ts';
import { digestOf } from '../../answers/request-key.ts';
import { CHAT_CHUNKS } from '../../chat/chunks/chunk-store.ts';
import { countTokens } from '../../chat/count-tokens.ts';
import { answerCall } from '../call-scope.ts';
import { answering } from '../procedure-internals.ts';
import { Subscription } from '../subscription.ts';
import { procedure, router } from '../trpc.ts';
import { storedRouter } from './stored.ts';

export const chatRouter = router({
  stored: storedRouter,

  /** A whole answer. */
  complete: answering(
    ChatCompletion,
    procedure
      .meta({
        openapi: {
          method: 'POST',
          path: '/v1/chat/completions',
          tags: ['Chat'],
          summary: 'Create a chat completion',
          description: 'Answers with one completion, or with server-sent events when `stream` is true.',
          protect: true,
        },
      })
      .input(ChatCompletionRequest)
      .mutation(({ ctx, input }) =>
        answerCall(ctx, 'chat.complete', (call) => ctx.services.requests.complete(ctx.services.chat, call, input)),
      ),
  ),

  /** The prompt tokens of a request, before it is made. */
  countTokens: procedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/v1/chat/completions/input_tokens',
        tags: ['Chat'],
        summary: 'Count the input tokens of a chat completion',
        description: "Takes the body of a chat completion and answers with Claude's estimate of its prompt tokens.",
        protect: true,
      },
    })
    .input(ChatCompletionRequest)
    .output(TokenCount)
    .query(({ ctx, input }) => answerCall(ctx, 'chat.countTokens', (call) => countTokens(ctx.services, call, input))),

  /** A streamed answer; also served as server-sent events by `POST /v1/chat/completions`. */
  stream: procedure.input(ChatStreamRequest).subscription(({ ctx, input, signal }) => {
    const { chat, requests } = ctx.services;
    const { lastEventId } = input;
    const idempotencyKey = input.idempotencyKey ?? ctx.idempotencyKey;
    const named = idempotencyKey !== undefined;
    return new Subscription(ctx, CHAT_CHUNKS, {
      path: 'chat.stream',
      signal,
      named,
      digest: ctx.socket && !named ? digestOf(chat.name, withoutPosition(input)) : undefined,
      open: (call) =>
        requests.stream(chat, { ...call, idempotencyKey }, { request: toChatRequest(input, named), lastEventId }),
    });
  }),

  /** The rest of a streamed answer, for a caller that does not have the request any more. */
  resume: procedure.input(ChatResumeRequest).subscription(
    ({ ctx, input, signal }) =>
      new Subscription(ctx, CHAT_CHUNKS, {
        path: 'chat.resume',
        signal,
        named: true,
        open: ({ owner }) =>
          input.lastEventId
            ? ctx.services.answers.find(ctx.services.chat.format, owner, input.lastEventId)
            : ctx.services.requests.resume(ctx.services.chat.format, owner, input.idempotencyKey!),
      }),
  ),

  /** Ends a streamed answer. Over WebSocket its subscription's end does; over HTTP that looks like a lost connection. */
  cancel: procedure
    .input(ChatCancelRequest)
    .mutation(({ ctx, input }) =>
      answerCall(ctx, 'chat.cancel', async (call) => ({ cancelled: await ctx.services.requests.cancel(call, input) })),
    ),
});

/** The request without its position: in a subscription that it sends again, tRPC's link changes that alone. */
function withoutPosition({ lastEventId: _lastEventId, ...request }: ChatStreamRequest): ChatStreamRequest {
  return request;
}

/**
 * Without what is a subscription's own. A request without a name may be sent as it is; one with a name is written alike
 * at every door, since the name stands for what it asks.
 */
function toChatRequest(request: ChatStreamRequest, named: boolean): ChatCompletionRequest {
  if (!named && request.stream && !('lastEventId' in request || 'idempotencyKey' in request)) return request;
  const { lastEventId: _lastEventId, idempotencyKey: _idempotencyKey, stream: _stream, ...asked } = request;
  return { ...asked, stream: true };
}
