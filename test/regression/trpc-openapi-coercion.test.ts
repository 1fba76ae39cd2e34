import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChatCompletionRequest } from '../../shared/chat-request.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';

// trpc-to-openapi sets `coerce` on every number and boolean of the shared input schema, on each REST call.
let app: AppResource;
beforeAll(async () => {
  app = await startApp();
  const first = await postChat(app, HELLO);
  expect(first.status).toBe(200);
  await first.text();
});
afterAll(() => app[Symbol.asyncDispose]());

const COERCIBLE: [string, unknown][] = [
  ['stream', 'false'],
  ['stream', 0],
  ['temperature', '0.5'],
  ['temperature', ''],
  ['temperature', true],
  ['n', ''],
  ['n', '2'],
  ['max_tokens', '16'],
  ['logprobs', 'yes'],
  ['store', 1],
  ['stream_options', { include_usage: 'yes' }],
  ['thinking', { type: 'enabled', budget_tokens: '2048' }],
];

async function callTrpc(input: unknown): Promise<Response> {
  return await fetch(`${app.url}/trpc/chat.complete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${app.apiKey}` },
    body: JSON.stringify({ json: input }),
  });
}

test.each(COERCIBLE)('%s: %j is refused over REST and, after it, over tRPC', async (field, value) => {
  const input = { ...HELLO, [field]: value };
  const rest = await postChat(app, input);
  expect(rest.status).toBe(400);
  expect((await errorOf(rest)).param).toMatch(new RegExp(`^${field}`));

  const trpc = await callTrpc(input);
  expect(trpc.status).toBe(400);
  const { error } = (await trpc.json()) as { error: { json: { data: { error: { param: string } } } } };
  expect(error.json.data.error.param).toMatch(new RegExp(`^${field}`));
  expect(ChatCompletionRequest.safeParse(input).success).toBe(false);
});

test('null stays null: it is not the temperature 0', async () => {
  for (const response of [
    await postChat(app, { ...HELLO, temperature: null, n: null }),
    await callTrpc({ ...HELLO, temperature: null }),
  ]) {
    expect(response.status).toBe(200);
    expect(await response.text()).not.toContain('notices');
  }
  expect(ChatCompletionRequest.parse({ ...HELLO, temperature: null }).temperature).toBe(null);
});

test('a second server in the same process changes nothing', async () => {
  await using second = await startApp();
  const response = await postChat(second, { ...HELLO, temperature: '1' });
  expect(response.status).toBe(400);
  await response.text();
  expect((await postChat(app, { ...HELLO, temperature: '1' })).status).toBe(400);
});
