import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';

// In trpc-to-openapi bad JSON and an empty body are a 500, and a charset makes it overlook the body.
test('bad JSON and an empty body are a 400', async () => {
  await using app = await startApp();
  for (const body of ['{"model":', '', '{]', 'undefined']) {
    const response = await postChat(app, body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', param: null, code: null });
  }
});

test('a body with a charset is read', async () => {
  await using app = await startApp();
  const response = await postChat(app, HELLO, { headers: { 'content-type': 'application/json; charset=utf-8' } });
  expect(response.status).toBe(200);
  await response.text();
});
