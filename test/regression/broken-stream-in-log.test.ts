import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import { HELLO, postChat, readToCut } from '../support/rest-request.ts';

// A stream that breaks was answered with 200 when it began; counted as a success it would hide an outage.
test.each([
  ['an error event', 'overloaded_error', 503],
  ['an error of another kind', 'api_error', 500],
])('a stream that %s breaks is logged with the status of its failure', async (_what, type, status) => {
  await using app = await startApp({ environment: { LOG_LEVEL: 'info' } });
  app.fake.reply({
    events: [
      { type: 'message_start', message: { id: 'msg_1', model: HELLO.model, content: [], usage: { input_tokens: 7 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Half' } },
      { type: 'error', error: { type, message: 'no' } },
    ],
  });
  await readToCut(await postChat(app, { ...HELLO, stream: true }));
  const line = await eventually(() => {
    const found = app.logs.find(({ route }) => route === '/v1/chat/completions');
    if (!found) throw new Error('not yet');
    return found;
  });
  expect(line).toMatchObject({ status, promptTokens: 7, model: HELLO.model });
});
