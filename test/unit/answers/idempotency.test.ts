import { expect, it } from 'vitest';
import { createCallRecord } from '../../../server/calls/call.ts';
import { ACCESS } from '../../support/access.ts';
import { startApp } from '../../support/app-resource.ts';
import { claudeCalls, words } from '../../support/word-stream.ts';
import { MODEL } from '../../upstream/post-chat.ts';

it('keeps a stream under its name when a whole answer is asked for with `stream: true`, which is refused', async () => {
  await using app = await startApp();
  app.fake.replyWith(() => ({ events: words(1) }));
  const { services } = app.app;
  const { chat, requests } = services;
  const { signal } = new AbortController();
  const call = () => ({
    strict: false,
    owner: 'somebody',
    access: ACCESS,
    idempotencyKey: 'key',
    record: createCallRecord(),
    signal,
  });
  const request = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }], stream: true };
  const { answer } = await requests.stream(chat, call(), { request });
  await expect(requests.complete(chat, call(), request)).rejects.toMatchObject({ param: 'stream' });
  expect((await requests.stream(chat, call(), { request })).answer.id).toBe(answer.id);
  await expect.poll(() => claudeCalls(app)).toBe(1);
});
