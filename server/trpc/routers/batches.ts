import { Batch, BatchCreateRequest, BatchList, BatchListRequest, BatchRequest } from '../../../shared/batch.ts';
import { answerCall } from '../call-scope.ts';
import { answering } from '../procedure-internals.ts';
import { procedure, router } from '../trpc.ts';

const tags = ['Batches'];
const ALL = '/v1/batches';
const ONE = `${ALL}/{id}` as const;

/** Requests of a file that are answered within a day, in OpenAI's shapes. */
export const batchesRouter = router({
  create: answering(
    Batch,
    procedure
      .meta({ openapi: { method: 'POST', path: ALL, tags, summary: 'Create a batch', protect: true } })
      .input(BatchCreateRequest)
      .mutation(({ ctx, input }) =>
        answerCall(ctx, 'batches.create', (call) =>
          ctx.services.requests.complete(ctx.services.fileBatches.creation, call, input),
        ),
      ),
  ),

  list: answering(
    BatchList,
    procedure
      .meta({ openapi: { method: 'GET', path: ALL, tags, summary: 'List batches', protect: true } })
      .input(BatchListRequest)
      .query(({ ctx, input }) => answerCall(ctx, 'batches.list', (call) => ctx.services.fileBatches.list(call, input))),
  ),

  retrieve: answering(
    Batch,
    procedure
      .meta({ openapi: { method: 'GET', path: ONE, tags, summary: 'Retrieve a batch', protect: true } })
      .input(BatchRequest)
      .query(({ ctx, input }) =>
        answerCall(ctx, 'batches.retrieve', (call) => ctx.services.fileBatches.retrieve(call, input.id)),
      ),
  ),

  /** Ends a batch before its time. */
  cancel: answering(
    Batch,
    procedure
      .meta({ openapi: { method: 'POST', path: `${ONE}/cancel`, tags, summary: 'Cancel a batch', protect: true } })
      .input(BatchRequest)
      .mutation(({ ctx, input }) =>
        answerCall(ctx, 'batches.cancel', (call) => ctx.services.fileBatches.cancel(call, input.id)),
      ),
  ),
});
