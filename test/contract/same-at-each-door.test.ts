import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client';
import * as fc from 'fast-check';
import superjson from 'superjson';
import { expect, it } from 'vitest';
import { createTrestleClient, type TrestleError } from '../../client/index.ts';
import type { AppRouter } from '../../server/trpc/routers/app-router.ts';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { foldChunks } from '../../shared/fold-chunks.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { ANSWERS } from '../support/arbitrary-answers.ts';
import { AUDIO } from '../support/arbitrary-audio.ts';
import { FILES_AND_MARKS } from '../support/arbitrary-files.ts';
import { arbitraryRequest } from '../support/arbitrary-request.ts';
import { TOOL_HISTORY } from '../support/arbitrary-tool-history.ts';
import { TOOLS } from '../support/arbitrary-tools.ts';
import { type Refused, refused, subscribed, thrown } from '../support/door-outcomes.ts';
import { errorOf, parseSse, postChat } from '../support/rest-request.ts';
import type { ClaudeBody } from '../support/rules-body.ts';
import { MADE_ID, steadyAnswer } from '../support/steady-answers.ts';
import { connect } from '../trpc/socket-client.ts';

/** What a caller got, whichever way. */
type Outcome = Pick<ChatCompletion, 'choices' | 'usage' | 'notices' | 'service_tier' | 'model'> | Refused;

type Door = (request: ChatCompletionRequest) => Promise<Outcome>;

/** tRPC's transformer sends no object with such a key, so that only REST takes them. */
const UNSENDABLE = /"(?:__proto__|constructor|prototype)":/;

/** Options of streams are for the doors that stream alone, each of which sets its own. */
const request = arbitraryRequest({ features: [TOOLS, TOOL_HISTORY, FILES_AND_MARKS, ANSWERS, AUDIO] })
  .filter((asked) => !UNSENDABLE.test(JSON.stringify(asked)))
  .map(({ stream_options: _options, ...asked }): ChatCompletionRequest => asked);

function told({ id: _id, created: _created, object: _object, ...rest }: ChatCompletion): Outcome {
  return JSON.parse(JSON.stringify(rest).replaceAll(MADE_ID, '"toolu_made"')) as Outcome;
}

function doorsOf(
  app: AppResource,
  socket: TRPCClient<AppRouter>,
): Record<'json' | 'sse' | 'mutation' | 'subscription' | 'client', Door> {
  const http = createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${app.url}/trpc`,
        transformer: superjson,
        headers: { authorization: `Bearer ${app.apiKey}` },
      }),
    ],
  });
  const client = createTrestleClient(app);
  return {
    json: async (asked) => {
      const response = await postChat(app, { ...asked, stream: false });
      return response.ok ? told((await response.json()) as ChatCompletion) : refused(await errorOf(response));
    },
    sse: async (asked) => {
      const response = await postChat(app, { ...asked, stream: true, stream_options: { include_usage: true } });
      if (!response.ok) return refused(await errorOf(response));
      const { chunks, done } = parseSse(await response.text());
      expect(done).toBe(true);
      // Sound: the contract's own tests hold the chunks to their schema.
      return told(foldChunks(chunks as unknown as ChatCompletionChunk[]));
    },
    mutation: async (asked) => await http.chat.complete.mutate({ ...asked, stream: false }).then(told, thrown),
    client: async (asked) =>
      await client
        .complete({ ...asked, stream: false })
        .then(told, ({ code, param, message }: TrestleError) => refused({ code, param, message })),
    subscription: (asked) =>
      subscribed<ChatCompletionChunk, Outcome>(
        (on) => socket.chat.stream.subscribe({ ...asked, stream: true, stream_options: { include_usage: true } }, on),
        (chunks) => told(foldChunks(chunks)),
      ),
  };
}

/** What Claude was sent since the last look, and with which version; how it is to answer aside. */
function takeRequests({ fake }: AppResource): unknown[] {
  return fake.requests
    .splice(0)
    .filter(({ path }) => path === '/v1/messages')
    .map(({ body, headers }) => {
      const { stream: _stream, ...rest } = body as ClaudeBody;
      return { version: headers['anthropic-version'], body: rest };
    });
}

it('gives Claude the same request, and its caller the same answer, at each door', { timeout: 120_000 }, async () => {
  await using app = await startApp();
  await using socket = connect(app);
  app.fake.replyWith(steadyAnswer);
  const { json, ...others } = doorsOf(app, socket.client);
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(request, async (asked) => {
      app.fake.requests.length = 0;
      const outcome = await json(asked);
      const sent = takeRequests(app);
      expect(sent).toHaveLength('refused' in outcome ? 0 : (asked.n ?? 1));
      if (!('refused' in outcome)) answered += 1;
      for (const [door, ask] of Object.entries(others)) {
        expect({ door, outcome: await ask(asked) }).toEqual({ door, outcome });
        expect({ door, sent: takeRequests(app) }).toEqual({ door, sent });
      }
    }),
    { numRuns: 60 },
  );
  expect(answered).toBeGreaterThan(20);
  expect(app.fake.refusals).toEqual([]);
});
