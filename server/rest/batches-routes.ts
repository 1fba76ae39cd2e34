import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Call } from '../calls/call.ts';
import { ANTHROPIC, routes } from '../http/route.ts';
import { listBatches } from '../messages/batch-list.ts';
import { askBatch, BATCHES, type BatchHeaders, readResults } from '../messages/batches.ts';
import { passedHeaders } from '../messages/messages-request.ts';
import type { ListQuery } from '../messages/page-query.ts';
import type { Services } from '../services.ts';
import { answerCall } from '../trpc/call-scope.ts';
import { passed, takeBody } from './forwarded.ts';
import { createRestContext } from './rest-context.ts';
import { sendAnswer } from './send-answer.ts';
import { sendBytes } from './send-bytes.ts';

/** Batches of Claude's own API, each for the caller that made it. */
export function registerBatchesRoutes(app: FastifyInstance, services: Services): void {
  type Answer = (call: Call, request: FastifyRequest, headers: BatchHeaders) => Promise<string>;
  const answerBy =
    (answer: Answer) =>
    (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const context = createRestContext(services, request, false);
      const headers = passedHeaders(request.headers);
      const answered = answerCall(context, 'messages.batches', (call) => answer(call, request, headers));
      return sendAnswer(answered, passed(reply, context), 0);
    };
  const ask = (order: Parameters<typeof askBatch>[2]['order']): ReturnType<typeof answerBy> =>
    answerBy((call, request, headers) => askBatch(services, call, { id: idOf(request), order, headers }));

  const create = answerBy((call, request, headers) => {
    return services.requests.complete(services.batches, call, { json: takeBody(request), headers });
  });
  const list = answerBy((call, request, headers) =>
    listBatches(services, call, { query: request.query as ListQuery, headers }),
  );
  const results = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const context = createRestContext(services, request, false);
    const asked = { id: idOf(request), headers: passedHeaders(request.headers) };
    await answerCall(context, 'messages.batches', async (call) => {
      const { answer, headers } = await readResults(services, call, asked);
      const { stallTimeoutMs } = services.config;
      await sendBytes(passed(reply, context), answer, { type: headers['content-type'] ?? JSONL, stallTimeoutMs });
    });
    return reply;
  };
  const each = `${BATCHES}/:id`;
  routes(app, BATCHES, new Map([['POST', create] as const, ['GET', list] as const]), ANTHROPIC);
  routes(app, each, new Map([['GET', ask('retrieve')] as const, ['DELETE', ask('delete')] as const]), ANTHROPIC);
  routes(app, `${each}/cancel`, new Map([['POST', ask('cancel')]]), ANTHROPIC);
  routes(app, `${each}/results`, new Map([['GET', results]]), ANTHROPIC);
}

const JSONL = 'application/x-jsonl';

function idOf({ params }: FastifyRequest): string {
  return (params as { id: string }).id;
}
