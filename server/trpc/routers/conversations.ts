import {
  Conversation,
  ConversationCreateRequest,
  ConversationItem,
  ConversationItemRequest,
  ConversationItemsCreateRequest,
  ConversationRequest,
  ConversationUpdateRequest,
  DeletedConversation,
} from '../../../shared/responses/conversation.ts';
import { ResponseItemList, ResponseItemsRequest } from '../../../shared/responses/stored-response.ts';
import { ownerOf } from '../call-scope.ts';
import { procedure, router } from '../trpc.ts';

const tags = ['Conversations'];
const ONE = '/v1/conversations/{id}';
const ITEMS = `${ONE}/items` as const;
const ITEM = `${ITEMS}/{item_id}` as const;

/** Conversations that responses go on from, in OpenAI's shapes. */
export const conversationsRouter = router({
  create: procedure
    .meta({
      openapi: { method: 'POST', path: '/v1/conversations', tags, summary: 'Create a conversation', protect: true },
    })
    .input(ConversationCreateRequest)
    .output(Conversation)
    .mutation(({ ctx, input }) => ctx.services.conversations.create(ownerOf(ctx), input)),

  retrieve: procedure
    .meta({ openapi: { method: 'GET', path: ONE, tags, summary: 'Retrieve a conversation', protect: true } })
    .input(ConversationRequest)
    .output(Conversation)
    .query(({ ctx, input }) => ctx.services.conversations.retrieve(ownerOf(ctx), input.id)),

  update: procedure
    .meta({ openapi: { method: 'POST', path: ONE, tags, summary: 'Update a conversation', protect: true } })
    .input(ConversationUpdateRequest)
    .output(Conversation)
    .mutation(({ ctx, input }) => ctx.services.conversations.update(ownerOf(ctx), input)),

  delete: procedure
    .meta({ openapi: { method: 'DELETE', path: ONE, tags, summary: 'Delete a conversation', protect: true } })
    .input(ConversationRequest)
    .output(DeletedConversation)
    .mutation(({ ctx, input }) => ctx.services.conversations.delete(ownerOf(ctx), input.id)),

  createItems: procedure
    .meta({ openapi: { method: 'POST', path: ITEMS, tags, summary: 'Add items to a conversation', protect: true } })
    .input(ConversationItemsCreateRequest)
    .output(ResponseItemList)
    .mutation(({ ctx, input }) => ctx.services.conversations.createItems(ownerOf(ctx), input)),

  listItems: procedure
    .meta({ openapi: { method: 'GET', path: ITEMS, tags, summary: 'List the items of a conversation', protect: true } })
    .input(ResponseItemsRequest)
    .output(ResponseItemList)
    .query(({ ctx, input }) => ctx.services.conversations.listItems(ownerOf(ctx), input)),

  retrieveItem: procedure
    .meta({ openapi: { method: 'GET', path: ITEM, tags, summary: 'Retrieve an item', protect: true } })
    .input(ConversationItemRequest)
    .output(ConversationItem)
    .query(({ ctx, input }) => ctx.services.conversations.retrieveItem(ownerOf(ctx), input)),

  deleteItem: procedure
    .meta({ openapi: { method: 'DELETE', path: ITEM, tags, summary: 'Delete an item', protect: true } })
    .input(ConversationItemRequest)
    .output(Conversation)
    .mutation(({ ctx, input }) => ctx.services.conversations.deleteItem(ownerOf(ctx), input)),
});
