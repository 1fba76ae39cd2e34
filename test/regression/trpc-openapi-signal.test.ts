import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { HELLO, postChat } from '../support/rest-request.ts';

// trpc-to-openapi calls procedures without a signal, so a whole answer would be paid for that nobody reads.
test('a caller that leaves a whole answer is seen by Claude', async () => {
  await using app = await startApp();
  app.fake.reply({ hang: true });
  const leaving = new AbortController();
  const answer = postChat(app, HELLO, { signal: leaving.signal });
  const upstream = await app.fake.waitForRequest();
  leaving.abort();
  await expect(answer).rejects.toThrow('aborted');
  await upstream.closed;
  expect(upstream.finished).toBe(false);
});

test('a caller that leaves between two tries ends the trying', async () => {
  await using app = await startApp({ environment: { LOG_LEVEL: 'info' } });
  app.fake.reply({ status: 529, headers: { 'retry-after': '9' } });
  const leaving = new AbortController();
  const answer = postChat(app, HELLO, { signal: leaving.signal });
  await (
    await app.fake.waitForRequest()
  ).closed;
  leaving.abort();
  await expect(answer).rejects.toThrow('aborted');
  await expect.poll(() => app.app.services.runningCalls.size).toBe(0);
  await expect.poll(() => app.logs.map(({ status }) => status)).toEqual([499]);
  expect(app.fake.requests).toHaveLength(1);
});
