import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { startApp } from '../support/app-resource.ts';
import { ANSWERS } from '../support/arbitrary-answers.ts';
import { AUDIO } from '../support/arbitrary-audio.ts';
import { FILES_AND_MARKS } from '../support/arbitrary-files.ts';
import { arbitraryRequest } from '../support/arbitrary-request.ts';
import { TOOL_HISTORY } from '../support/arbitrary-tool-history.ts';
import { TOOLS } from '../support/arbitrary-tools.ts';
import { batchClient, batchOf, linesOf, readLines } from '../support/batch-client.ts';
import { errorOf, postChat, type WireError } from '../support/rest-request.ts';
import { MADE_ID, steadyAnswer } from '../support/steady-answers.ts';

const CHAT = '/v1/chat/completions';

/** A batch has one choice a request, and no streams. */
const anyRequest = arbitraryRequest({ features: [TOOLS, TOOL_HISTORY, FILES_AND_MARKS, ANSWERS, AUDIO] }).map(
  ({ stream_options: _options, stream: _stream, n: _n, ...asked }): ChatCompletionRequest => asked,
);

/** Without what differs from one answer to the next, the tier, by which a batch can be told, and the price. */
function told(completion: object): unknown {
  const { id: _id, created: _created, service_tier: _tier, ...rest } = completion as Record<string, unknown>;
  return JSON.parse(
    JSON.stringify(rest, (key, value: unknown) => (key === 'cost' ? undefined : value)).replaceAll(
      MADE_ID,
      '"toolu_made"',
    ),
  );
}

it('whatever is asked in a batch, its lines are answered as the live door answers, and refused as it refuses', async () => {
  await using app = await startApp();
  app.fake.replyWith(steadyAnswer);
  const openai = batchClient(app);
  let [answers, refusals] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(anyRequest, { minLength: 20, maxLength: 30 }), async (requests) => {
      const taken: { request: object; answer: unknown }[] = [];
      for (const request of requests) {
        const live = await postChat(app, request);
        if (live.status === 200) taken.push({ request, answer: told((await live.json()) as object) });
        else await expectRefused(request, await errorOf(live));
      }
      answers += taken.length;
      refusals += requests.length - taken.length;
      if (taken.length === 0) return;
      const made = await batchOf(
        openai,
        CHAT,
        linesOf(
          CHAT,
          taken.map(({ request }) => request),
        ),
      );
      const batch = await openai.batches.retrieve(made.id);
      expect(batch.request_counts).toEqual({ total: taken.length, completed: taken.length, failed: 0 });
      const lines = await readLines(openai, batch.output_file_id);
      for (const [index, { answer }] of taken.entries())
        expect(told(lines.get(`request ${index}/ß`)!.response!.body)).toEqual(answer);
    }),
    { numRuns: 5 },
  );
  expect(answers).toBeGreaterThan(20);
  expect(refusals).toBeGreaterThan(0);
  expect(app.fake.refusals).toEqual([]);

  async function expectRefused(request: object, { message, param }: WireError): Promise<void> {
    const { status, errors } = await batchOf(openai, CHAT, linesOf(CHAT, [request]));
    expect([status, errors!.data]).toMatchObject([
      'failed',
      [{ line: 1, message, param: param === null ? 'body' : `body.${param}` }],
    ]);
  }
});
