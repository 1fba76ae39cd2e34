import { expect, test } from 'vitest';
import { Cancellation } from '../../server/calls/cancellation.ts';
import { Outgoing } from '../../server/chat/outgoing.ts';
import type { ClaudeRequest } from '../../server/claude/messages-api.ts';
import { ClaudeClient } from '../../server/upstream/claude-client.ts';
import { startApp } from '../support/app-resource.ts';
import { HELLO, postChat } from '../support/rest-request.ts';

const TEXT = 'x'.repeat(3 * 1024 * 1024);

test.each([false, true])(
  'choices times bytes beyond 256 MiB are a 400 that names n, with stream: %s',
  async (stream) => {
    await using app = await startApp();
    const messages = [{ role: 'user', content: TEXT }];
    const response = await postChat(app, { ...HELLO, messages, stream, n: 128 });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: {
        type: 'invalid_request_error',
        param: 'n',
        code: 'invalid_value',
        message:
          '128 choices are 128 requests to Claude, 385 MiB in all, of at most 256 MiB: ask for fewer, or send less',
      },
    });
    expect(app.fake.requests).toHaveLength(0);
  },
);

test.each([false, true])('choices of a long request are each the whole of it, with stream: %s', async (stream) => {
  await using app = await startApp();
  const messages = [{ role: 'user', content: TEXT }];
  const response = await postChat(app, { ...HELLO, messages, stream, n: 4 });
  expect(response.status).toBe(200);
  await response.text();
  const lengths = app.fake.requests.map(({ body }) => JSON.stringify(body).length);
  expect(lengths).toHaveLength(4);
  for (const length of lengths) expect(length).toBeGreaterThan(TEXT.length);
  for (const { body } of app.fake.requests)
    expect(body).toEqual(stream ? expect.objectContaining({ stream }) : expect.not.objectContaining({ stream: true }));
});

test('the request of several choices is written once', async () => {
  await using app = await startApp();
  let written = 0;
  const body = {
    model: 'claude-opus-5-5',
    max_tokens: 9,
    messages: [{ role: 'user', content: 'Hello' }],
    toJSON() {
      written += 1;
      return { ...this, toJSON: undefined };
    },
  };
  const client = new ClaudeClient({
    baseUrl: app.fake.url,
    authorization: { apiKey: 'test-upstream-key' },
    upstreamTimeoutMs: 5000,
    idleTimeoutMs: 5000,
    maxRetries: 0,
    counts: { requests: 0, retries: 0 },
  });
  try {
    const outgoing = new Outgoing({ version: '2026-10-21', body } as unknown as ClaudeRequest, {
      stream: false,
      choices: 3,
      mayChange: false,
      mayContinue: false,
    });
    await Promise.all(Array.from({ length: 3 }, () => client.complete(outgoing.continuedBy([]), new Cancellation())));
    expect(app.fake.requests).toHaveLength(3);
    expect(written).toBe(1);
  } finally {
    await client.close();
  }
});
