import { ChatCompletion } from '../../shared/chat-completion.ts';
import { ChatCompletionRequest, ChatStreamRequest } from '../../shared/chat-request.ts';
import { answerCall, streamCall } from '../call-scope.ts';
import { completeChat } from '../chat/complete.ts';
import { streamChat } from '../chat/stream.ts';
import { procedure, router } from '../trpc.ts';

export const chatRouter = router({
  /** A whole answer. */
  complete: procedure
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
    .output(ChatCompletion)
    .mutation(({ ctx, input }) => answerCall(ctx, 'chat.complete', (call) => completeChat(ctx.services, call, input))),

  /** A streamed answer; also served as server-sent events by `POST /v1/chat/completions`. */
  stream: procedure
    .input(ChatStreamRequest)
    .subscription(({ ctx, input, signal }) =>
      streamCall(ctx, 'chat.stream', signal, (call) => streamChat(ctx.services, call, input)),
    ),
});
