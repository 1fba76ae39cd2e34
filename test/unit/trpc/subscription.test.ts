import { expect, it } from 'vitest';
import { configuredCaller } from '../../../server/calls/caller.ts';
import { CHAT_CHUNKS } from '../../../server/chat/chunks/chunk-store.ts';
import type { Context } from '../../../server/trpc/context.ts';
import { Subscription } from '../../../server/trpc/subscription.ts';
import { type AppResource, startApp } from '../../support/app-resource.ts';
import { eventually } from '../../support/eventually.ts';
import { gate, words } from '../../support/word-stream.ts';
import { MODEL } from '../../upstream/post-chat.ts';

function socketContext({ app }: AppResource, signal: AbortSignal, stoppedOnPurpose: boolean): Context {
  return {
    services: app.services,
    requestId: 'req_1',
    admission: { caller: configuredCaller('somebody', 'somebody'), isAdmin: false, refusal: () => undefined },
    signal,
    strict: false,
    socket: { calls: 0, full: false, writable: async () => {} },
    resumable: true,
    stoppedOnPurpose: () => stoppedOnPurpose,
    idempotencyKey: undefined,
    broke: () => {},
    records: [],
  };
}

it.each([
  ['stopped on purpose: it ends', true, 0],
  ['was lost: it goes on for a while', false, 1],
])('an answer that is found only when its caller %s', async (_what, onPurpose, running) => {
  await using app = await startApp();
  const { opened, open } = gate();
  const { opened: spoken, open: speak } = gate();
  app.fake.reply({ events: words(1, () => spoken) });
  const { services } = app.app;
  const leaving = new AbortController();
  const { signal } = leaving;
  const request = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };
  const call = new Subscription(socketContext(app, signal, onPurpose), CHAT_CHUNKS, {
    path: 'chat.stream',
    signal,
    named: true,
    open: async (asked) => {
      await opened;
      return services.requests.stream(services.chat, asked, { request });
    },
  });
  const first = call.next();
  leaving.abort();
  await call.return();
  open();
  await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  await eventually(() => expect(services.answerStore.running).toBe(running));
  expect(services.answerStore.gauges().kept).toBe(running);
  speak();
});
