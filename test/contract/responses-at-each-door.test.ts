import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client';
import * as fc from 'fast-check';
import superjson from 'superjson';
import { expect, it } from 'vitest';
import type { AppRouter } from '../../server/trpc/routers/app-router.ts';
import type { Response } from '../../shared/responses/response.ts';
import type { ResponsesRequest } from '../../shared/responses/responses-request.ts';
import { eventsIn, post } from '../responses/responses-client.ts';
import { connect as connectResponses, type Connection } from '../responses/socket-connection.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { anyResponsesRequest } from '../support/arbitrary-items.ts';
import { refused, subscribed, thrown } from '../support/door-outcomes.ts';
import { errorOf } from '../support/rest-request.ts';
import type { ClaudeBody } from '../support/rules-body.ts';
import { steadyAnswer } from '../support/steady-answers.ts';
import { connect } from '../trpc/socket-client.ts';

type Outcome = object;
type Door = (request: ResponsesRequest) => Promise<Outcome>;

/** Of a response what is the same each time: ids, times and what is sealed are not. */
const OTHER: ReadonlySet<string> = new Set(['id', 'call_id', 'created_at', 'completed_at', 'encrypted_content']);

function told(response: Response | undefined): Outcome {
  return JSON.parse(JSON.stringify(response, (key, value: unknown) => (OTHER.has(key) ? undefined : value))) as Outcome;
}

/** The response that a stream ends with. */
function lastOf(events: readonly { response?: Response }[]): Outcome {
  return told(events.at(-1)?.response);
}

function doorsOf(
  app: AppResource,
  socket: TRPCClient<AppRouter>,
  responses: Connection,
): Record<'json' | 'sse' | 'websocket' | 'mutation' | 'subscription', Door> {
  const headers = { authorization: `Bearer ${app.apiKey}` };
  const http = createTRPCClient<AppRouter>({
    links: [httpLink({ url: `${app.url}/trpc`, transformer: superjson, headers })],
  });
  return {
    async json(asked) {
      const answer = await post(app, { ...asked, stream: false });
      return answer.ok ? told((await answer.json()) as Response) : refused(await errorOf(answer));
    },
    async sse(asked) {
      const answer = await post(app, { ...asked, stream: true });
      return answer.ok ? lastOf(eventsIn(await answer.text())) : refused(await errorOf(answer));
    },
    async websocket(asked) {
      const last = await responses.ask(asked);
      return last.error ? refused(last.error) : lastOf([last]);
    },
    mutation: (asked) => http.responses.create.mutate({ ...asked, stream: false }).then(told, thrown),
    subscription: (asked) =>
      subscribed<{ response?: Response }, Outcome>(
        (on) => socket.responses.stream.subscribe(asked, on as never),
        lastOf,
      ),
  };
}

/** What Claude was sent since the last look; how it is to answer aside. */
function takeRequests({ fake }: AppResource): unknown[] {
  return fake.requests
    .splice(0)
    .filter(({ path }) => path === '/v1/messages')
    .map(({ body }) => {
      const { stream: _stream, ...rest } = body as ClaudeBody;
      return rest;
    });
}

it('a response is the same at each door, and what Claude is sent for it', { timeout: 120_000 }, async () => {
  await using app = await startApp();
  await using socket = connect(app);
  await using responses = await connectResponses(app);
  app.fake.replyWith(steadyAnswer);
  const { json, ...others } = doorsOf(app, socket.client, responses);
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(anyResponsesRequest, async (generated) => {
      const { stream: _stream, background: _background, ...asked } = generated as unknown as ResponsesRequest;
      app.fake.requests.length = 0;
      const outcome = await json(asked);
      const sent = takeRequests(app);
      if (!('refused' in outcome)) answered += 1;
      for (const [door, ask] of Object.entries(others)) {
        expect({ door, outcome: await ask(asked) }).toEqual({ door, outcome });
        expect({ door, sent: takeRequests(app) }).toEqual({ door, sent });
      }
    }),
    { numRuns: 25 },
  );
  expect(answered).toBeGreaterThan(8);
  expect(app.fake.refusals).toEqual([]);
});
