import { composeMiddlewares } from '../compose-middlewares.ts';
import { chatRouter } from './chat.ts';
import { modelsRouter } from './models.ts';
import { router } from '../trpc.ts';

export const appRouter = composeMiddlewares(router({ chat: chatRouter, models: modelsRouter }));

/** The whole contract as a type: what the client infers everything from. */
export type AppRouter = typeof appRouter;

/** Names of all procedures, such as `chat.complete`. */
export function procedureNames(): string[] {
  return Object.keys(appRouter._def.procedures);
}
