import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO, postChat } from '../support/rest-request.ts';

let app: AppResource;
beforeAll(async () => {
  app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
});
afterAll(() => app[Symbol.asyncDispose]());

// trpc-to-openapi's own body is {message, code, issues, data}, and can't be replaced: mcampa/trpc-to-openapi#168.
async function expectOpenAiBody(response: Response): Promise<void> {
  const body = (await response.json()) as { error: object };
  expect(Object.keys(body)).toEqual(['error']);
  expect(Object.keys(body.error).toSorted()).toEqual(['code', 'message', 'param', 'type']);
  expect(JSON.stringify(body)).not.toMatch(/Input validation failed|BAD_REQUEST|TRPC|issues/);
}

test('failures of every origin have the body of OpenAI and no other', async () => {
  await expectOpenAiBody(await postChat(app, { ...HELLO, temperature: 'hot' }));
  await expectOpenAiBody(await postChat(app, { ...HELLO, model: 'no-such-model' }));
  await expectOpenAiBody(await postChat({ ...app, apiKey: 'wrong' }, HELLO));
  app.fake.reply({ status: 529 });
  await expectOpenAiBody(await postChat(app, HELLO));
  await expectOpenAiBody(await fetch(`${app.url}/v1/models/x`, { headers: { authorization: `Bearer ${app.apiKey}` } }));
});

test('the status is that of the error, not of the nearest tRPC code', async () => {
  for (const [upstream, status] of [
    [529, 503],
    [401, 502],
    [402, 429],
    [504, 504],
  ] as const) {
    app.fake.reply({ status: upstream });
    const response = await postChat(app, HELLO);
    expect(response.status).toBe(status);
    await response.text();
  }
});
