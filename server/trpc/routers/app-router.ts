import { composeMiddlewares, type Procedure, proceduresOf } from '../procedure-internals.ts';
import { router } from '../trpc.ts';
import { batchesRouter } from './batches.ts';
import { chatRouter } from './chat.ts';
import { conversationsRouter } from './conversations.ts';
import { filesRouter } from './files.ts';
import { messagesRouter } from './messages.ts';
import { modelsRouter } from './models.ts';
import { organizationRouter } from './organization.ts';
import { responsesRouter } from './responses.ts';

export const appRouter = composeMiddlewares(
  router({
    batches: batchesRouter,
    chat: chatRouter,
    conversations: conversationsRouter,
    files: filesRouter,
    messages: messagesRouter,
    models: modelsRouter,
    organization: organizationRouter,
    responses: responsesRouter,
  }),
);

/** The whole contract as a type: what the client infers everything from. */
export type AppRouter = typeof appRouter;

/** All procedures by their names, such as `chat.complete`. */
export const procedures: ReadonlyMap<string, Procedure> = proceduresOf(appRouter);
