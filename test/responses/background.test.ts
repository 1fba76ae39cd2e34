import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { BEGUN } from '../support/begun-answer.ts';
import { eventually } from '../support/eventually.ts';
import { claudeCalls, gate, words } from '../support/word-stream.ts';
import { clientOf, model } from './responses-client.ts';

test('a response in the background goes on without its caller, and is there when it is done', async () => {
  await using app = await startApp();
  const { responses } = clientOf(app);
  const { opened, open } = gate();
  app.fake.reply({ events: words(2, (index) => (index === 1 ? opened : undefined)) });
  const begun = await responses.create({ model, input: 'Hello', background: true });
  expect(begun).toMatchObject({ status: 'queued', background: true, output: [] });
  expect(await responses.retrieve(begun.id)).toMatchObject({ status: 'in_progress' });
  open();
  await eventually(async () => expect(await responses.retrieve(begun.id)).toMatchObject({ status: 'completed' }));
  const done = await responses.retrieve(begun.id);
  expect(done).toMatchObject({ background: true, output_text: '0 1 ' });
  expect(claudeCalls(app)).toBe(1);
});

test('it is read as a stream, from any event on', async () => {
  await using app = await startApp();
  const { responses } = clientOf(app);
  app.fake.reply({ events: words(3) });
  const stream = await responses.create({ model, input: 'Hello', background: true, stream: true });
  let id = '';
  for await (const event of stream) {
    if (event.type === 'response.created') ({ id } = event.response);
    if (event.type === 'response.output_text.delta') break;
  }
  const deltas: string[] = [];
  let last = '';
  for await (const event of await responses.retrieve(id, { stream: true, starting_after: 1 })) {
    if (event.type === 'response.output_text.delta') deltas.push(event.delta);
    last = event.type;
  }
  expect([deltas.join(''), last]).toEqual(['0 1 2 ', 'response.completed']);
  expect(claudeCalls(app)).toBe(1);
});

test('it is cancelled, and Claude stops', async () => {
  await using app = await startApp();
  const { responses } = clientOf(app);
  app.fake.reply(BEGUN);
  const { id } = await responses.create({ model, input: 'Hello', background: true });
  const asked = await app.fake.waitForRequest();
  expect(await responses.cancel(id)).toMatchObject({ status: 'cancelled' });
  await asked.closed;
  expect(asked.finished).toBe(false);
  await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));
  expect(await responses.retrieve(id)).toMatchObject({ status: 'cancelled' });
});

test('one that fails says why', async () => {
  await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  const { responses } = clientOf(app);
  app.fake.replyWith(() => ({
    status: 529,
    body: { type: 'error', error: { type: 'overloaded_error', message: 'x' } },
  }));
  const { id } = await responses.create({ model, input: 'Hello', background: true });
  await eventually(async () =>
    expect(await responses.retrieve(id)).toMatchObject({ status: 'failed', error: { code: 'server_error' } }),
  );
});

test('what can not go on in the background, or be cancelled, is a 400', async () => {
  await using app = await startApp();
  const { responses } = clientOf(app);
  const unstored = responses.create({ model, input: 'x', background: true, store: false });
  await expect(unstored).rejects.toMatchObject({ status: 400, param: 'background' });
  const { id } = await responses.create({ model, input: 'x' });
  await expect(responses.cancel(id)).rejects.toMatchObject({ status: 400 });
  await expect(responses.cancel('resp_x')).rejects.toMatchObject({ status: 404 });
});
