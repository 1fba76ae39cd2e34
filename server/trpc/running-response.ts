import type { z } from 'zod';
import { TrestleError } from '../../shared/error.ts';
import { beforeFirst } from '../../shared/event-id.ts';
import type { Response } from '../../shared/responses/response.ts';
import type { ResponseRetrieveRequest } from '../../shared/responses/stored-response.ts';
import { RESPONSE_EVENTS } from '../responses/event-format.ts';
import { retrieveResponse } from '../responses/stored.ts';
import { ownerOf } from './call-scope.ts';
import type { Context } from './context.ts';

/**
 * A response that is kept, or as it began one that is still streamed, and will be kept when it ends. Rejects with a 404
 * for any other.
 */
export async function retrieveOrFind(ctx: Context, asked: z.output<typeof ResponseRetrieveRequest>): Promise<Response> {
  const owner = ownerOf(ctx);
  try {
    return await retrieveResponse(ctx.services.responseState, owner, asked);
  } catch (thrown) {
    if (!(thrown instanceof TrestleError) || thrown.status !== 404) throw thrown;
    const response = await runningResponse(ctx, owner, asked.id);
    if (!response?.store) throw thrown;
    return response;
  }
}

/** From its first event; undefined when no such answer is under way. */
async function runningResponse(
  { services, signal }: Context,
  owner: string,
  id: string,
): Promise<Response | undefined> {
  const { answers } = services;
  try {
    const { answer } = await answers.find(RESPONSE_EVENTS, owner, beforeFirst(id));
    answers.attach(answer);
    try {
      for await (const { event } of answer.read(0, signal)) return 'response' in event ? event.response : undefined;
    } finally {
      // As after a lost connection: whoever reads the stream may still come back to it.
      answers.detach(answer, 'lost');
    }
  } catch (thrown) {
    if (!(thrown instanceof TrestleError)) throw thrown;
  }
  return undefined;
}
