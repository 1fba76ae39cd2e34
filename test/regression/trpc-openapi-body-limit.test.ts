import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';

const withText = (length: number): object => ({ ...HELLO, messages: [{ role: 'user', content: 'x'.repeat(length) }] });

// trpc-to-openapi's own reader stops at 100 kB behind Express and nowhere at all in its fetch handler.
test('a body of some megabytes is taken by default', async () => {
  await using app = await startApp();
  const response = await postChat(app, withText(5_000_000));
  expect(response.status).toBe(200);
  await response.text();
  expect(app.fake.requests.at(-1)!.rawBody.length).toBeGreaterThan(5_000_000);
});

test('the configured limit holds for whole answers and streams', async () => {
  await using app = await startApp({ environment: { TRESTLE_BODY_LIMIT: '1000000' } });
  for (const stream of [false, true]) {
    const response = await postChat(app, { ...withText(1_000_000), stream });
    expect(response.status).toBe(413);
    expect(await errorOf(response)).toMatchObject({ code: 'request_too_large' });
  }
  expect(app.fake.requests).toEqual([]);
});
