import { ChatCompletion } from '../../../shared/chat-completion.ts';
import {
  DeletedCompletion,
  StoredCompletionList,
  StoredCompletionRequest,
  StoredListRequest,
  StoredMessageList,
  StoredMessagesRequest,
  StoredUpdateRequest,
} from '../../../shared/stored-completion.ts';
import { ownerOf } from '../call-scope.ts';
import { answering } from '../procedure-internals.ts';
import { procedure, router } from '../trpc.ts';

const tags = ['Chat'];
const ONE = '/v1/chat/completions/{id}';

/** Completions that were stored because their requests had `store: true`, in OpenAI's shapes. */
export const storedRouter = router({
  list: answering(
    StoredCompletionList,
    procedure
      .meta({
        openapi: {
          method: 'GET',
          path: '/v1/chat/completions',
          tags,
          summary: 'List stored chat completions',
          protect: true,
        },
      })
      .input(StoredListRequest)
      .query(({ ctx, input }) => ctx.services.storedCompletions.list(ownerOf(ctx), input)),
  ),

  retrieve: answering(
    ChatCompletion,
    procedure
      .meta({
        openapi: { method: 'GET', path: ONE, tags, summary: 'Retrieve a stored chat completion', protect: true },
      })
      .input(StoredCompletionRequest)
      .query(({ ctx, input }) => ctx.services.storedCompletions.retrieve(ownerOf(ctx), input.id)),
  ),

  update: answering(
    ChatCompletion,
    procedure
      .meta({
        openapi: { method: 'POST', path: ONE, tags, summary: 'Update a stored chat completion', protect: true },
      })
      .input(StoredUpdateRequest)
      .mutation(({ ctx, input }) => ctx.services.storedCompletions.update(ownerOf(ctx), input)),
  ),

  delete: answering(
    DeletedCompletion,
    procedure
      .meta({
        openapi: { method: 'DELETE', path: ONE, tags, summary: 'Delete a stored chat completion', protect: true },
      })
      .input(StoredCompletionRequest)
      .mutation(({ ctx, input }) => ctx.services.storedCompletions.delete(ownerOf(ctx), input.id)),
  ),

  /** The messages of its request. */
  messages: answering(
    StoredMessageList,
    procedure
      .meta({
        openapi: {
          method: 'GET',
          path: `${ONE}/messages`,
          tags,
          summary: 'List the messages of a stored chat completion',
          protect: true,
        },
      })
      .input(StoredMessagesRequest)
      .query(({ ctx, input }) => ctx.services.storedCompletions.messages(ownerOf(ctx), input)),
  ),
});
