import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { HELLO, parseSse, postChat } from '../support/rest-request.ts';

// Node's server counts a connection that never sent a request as active, and waits a minute for its headers.
test('a connection that never sent a request does not hold up a stop', async () => {
  await using app = await startApp();
  const silent = connect(Number(new URL(app.url).port), '127.0.0.1');
  await once(silent, 'connect');
  const closed = once(silent, 'close');
  // An answer on a second connection: by then the server has accepted the first.
  await (await fetch(`${app.url}/healthz`)).text();
  const startedAt = performance.now();
  await app.app.stop();
  expect(performance.now() - startedAt).toBeLessThan(1500);
  await closed;
});

test('a stop lets a running stream end, and then closes its connection', async () => {
  await using app = await startApp();
  let finish = (): void => undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  app.fake.reply({
    events: [
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'one' } },
      () => gate,
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' two' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
      { type: 'message_stop' },
    ],
  });
  const response = await postChat(app, { ...HELLO, stream: true });
  const stopped = app.app.stop();
  finish();
  expect(parseSse(await response.text())).toMatchObject({ done: true });
  await stopped;
});
