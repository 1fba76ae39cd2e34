import { afterAll, beforeAll, expect, test } from 'vitest';
import { MODELS } from '../../server/claude/models.ts';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import { foldChunks } from '../../shared/fold-chunks.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO, parseSse, postChat } from '../support/rest-request.ts';

const TOOL = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };
const SCHEMA = { type: 'object', additionalProperties: { type: 'string' } };

/** What several choices are asked for together with. */
const USES: Record<string, object> = {
  text: {},
  'a forced call': { tools: [TOOL], tool_choice: 'required' },
  'a custom tool': { tools: [{ type: 'custom', custom: { name: 'draw' } }] },
  reasoning: { reasoning_effort: 'high' },
  "Claude's own thinking": { thinking: { type: 'adaptive' } },
  'a schema': { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: SCHEMA } } },
};

let app: AppResource;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app[Symbol.asyncDispose]());

async function ask(request: object, stream: boolean): Promise<ChatCompletion> {
  const options = stream && { stream, stream_options: { include_usage: true } };
  const response = await postChat(app, { ...HELLO, ...request, ...options });
  expect(response.status).toBe(200);
  if (!stream) return (await response.json()) as ChatCompletion;
  // Sound: the contract's own tests hold chunks to their schema.
  return foldChunks(parseSse(await response.text()).chunks as unknown as ChatCompletionChunk[]);
}

/** Notices of the request, without those about the answer that came of it. */
function noted({ notices = [] }: ChatCompletion): string[] {
  return notices.filter(({ message }) => !message.startsWith('the answer')).map(({ param }) => param);
}

test.each(MODELS.map(({ id }) => id))('on %s one call is made for each choice, billed and noted', async (model) => {
  for (const [use, fields] of Object.entries(USES)) {
    for (const stream of [false, true]) {
      const alone = await ask({ model, ...fields }, stream);
      for (const n of [1, 3]) {
        app.fake.requests.length = 0;
        const { choices, usage, ...rest } = await ask({ model, ...fields, n }, stream);
        const label = `${use}, ${n} ${stream ? 'streamed' : 'whole'}`;
        const sent = app.fake.requests.map(({ rawBody }) => rawBody);
        expect([label, sent.length, new Set(sent).size]).toEqual([label, n, 1]);
        expect([label, choices.map(({ index }) => index)]).toEqual([label, Array.from({ length: n }, (_, at) => at)]);
        expect([label, usage!.total_tokens]).toEqual([label, alone.usage!.total_tokens * n]);
        const { choices: _choices, usage: _usage, ...first } = alone;
        expect([label, noted({ choices, ...rest })]).toEqual([
          label,
          [...noted({ choices, ...first }), ...(n > 1 ? ['n'] : [])],
        ]);
      }
    }
  }
  expect(app.fake.refusals).toEqual([]);
});
