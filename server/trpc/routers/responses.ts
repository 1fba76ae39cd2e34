import { beforeFirst, formatEventId } from '../../../shared/event-id.ts';
import { Response } from '../../../shared/responses/response.ts';
import { ResponsesRequest, ResponsesStreamRequest } from '../../../shared/responses/responses-request.ts';
import {
  DeletedResponse,
  ResponseItemList,
  ResponseItemsRequest,
  ResponseResumeRequest,
  ResponseRetrieveRequest,
} from '../../../shared/responses/stored-response.ts';
import { digestOf } from '../../answers/request-key.ts';
import { RESPONSE_EVENTS } from '../../responses/event-format.ts';
import { listInputItems } from '../../responses/stored.ts';
import { cancelInBackground, deleteInBackground, startInBackground } from '../background-response.ts';
import { answerCall, ownerOf } from '../call-scope.ts';
import { answering } from '../procedure-internals.ts';
import { retrieveOrFind } from '../running-response.ts';
import { Subscription } from '../subscription.ts';
import { procedure, router } from '../trpc.ts';

const tags = ['Responses'];

export const responsesRouter = router({
  /** A whole response. */
  create: answering(
    Response,
    procedure
      .meta({
        openapi: {
          method: 'POST',
          path: '/v1/responses',
          tags,
          summary: 'Create a response',
          description: 'Answers with one response, or with server-sent events when `stream` is true.',
          protect: true,
        },
      })
      .input(ResponsesRequest)
      .mutation(({ ctx, input }) =>
        input.background && !input.stream
          ? startInBackground(ctx, input)
          : answerCall(ctx, 'responses.create', (call) =>
              ctx.services.requests.complete(ctx.services.responses, call, input),
            ),
      ),
  ),

  /** A streamed response; also served as server-sent events by `POST /v1/responses`. */
  stream: procedure.input(ResponsesStreamRequest).subscription(({ ctx, input, signal }) => {
    const { responses, requests } = ctx.services;
    const { lastEventId, idempotencyKey: given, stream: _stream, ...asked } = input;
    const request: ResponsesRequest = { ...asked, stream: true };
    const idempotencyKey = given ?? ctx.idempotencyKey;
    const named = idempotencyKey !== undefined;
    return new Subscription(ctx, RESPONSE_EVENTS, {
      path: 'responses.stream',
      signal,
      named,
      digest: ctx.socket && !named ? digestOf(responses.name, request) : undefined,
      async open(call) {
        if (!input.background || lastEventId)
          return await requests.stream(responses, { ...call, idempotencyKey }, { request, lastEventId });
        const { id } = await startInBackground(ctx, request);
        return await ctx.services.answers.find(RESPONSE_EVENTS, call.owner, beforeFirst(id));
      },
    });
  }),

  /** The rest of a streamed response, for a caller that does not have the request any more. */
  resume: procedure.input(ResponseResumeRequest).subscription(
    ({ ctx, input, signal }) =>
      new Subscription(ctx, RESPONSE_EVENTS, {
        path: 'responses.resume',
        signal,
        named: true,
        open({ owner }) {
          const { id, starting_after: after, lastEventId, idempotencyKey } = input;
          if (idempotencyKey && !id && !lastEventId)
            return ctx.services.requests.resume(RESPONSE_EVENTS, owner, idempotencyKey);
          const last = lastEventId ?? (typeof after === 'number' ? formatEventId(id!, after) : beforeFirst(id!));
          return ctx.services.answers.find(RESPONSE_EVENTS, owner, last);
        },
      }),
  ),

  /** A response that is kept. */
  retrieve: procedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/v1/responses/{id}',
        tags,
        summary: 'Retrieve a response',
        description:
          'A response that is kept. With `stream=true` the events of one that is being made, from `starting_after` on.',
        protect: true,
      },
    })
    .input(ResponseRetrieveRequest)
    .output(Response)
    .query(({ ctx, input }) => retrieveOrFind(ctx, input)),

  /** Forgets a response. */
  delete: procedure
    .meta({
      openapi: { method: 'DELETE', path: '/v1/responses/{id}', tags, summary: 'Delete a response', protect: true },
    })
    .input(ResponseRetrieveRequest)
    .output(DeletedResponse)
    .mutation(({ ctx, input }) => deleteInBackground(ctx, input.id)),

  /** Ends a response that goes on in the background. */
  cancel: procedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/v1/responses/{id}/cancel',
        tags,
        summary: 'Cancel a response',
        description: 'Ends a response that was made with `background: true`.',
        protect: true,
      },
    })
    .input(ResponseRetrieveRequest)
    .output(Response)
    .mutation(({ ctx, input }) => cancelInBackground(ctx, input.id)),

  /** What a response was asked. */
  inputItems: procedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/v1/responses/{id}/input_items',
        tags,
        summary: 'List the input items of a response',
        protect: true,
      },
    })
    .input(ResponseItemsRequest)
    .output(ResponseItemList)
    .query(({ ctx, input }) => listInputItems(ctx.services.responseState, ownerOf(ctx), input)),
});
