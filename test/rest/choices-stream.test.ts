import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { errorOf, HELLO, postChat } from '../support/rest-request.ts';

const START = { type: 'message_start', message: { model: 'claude-sonnet-5-5', usage: { input_tokens: 12 } } };
const BLOCK = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
const HEL = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } };
const OVERLOADED = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };

test('a choice that fails before it began gives its status, though another has spoken', async () => {
  await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  let speak = (): void => {};
  const spoken = new Promise<void>((resolve) => (speak = resolve));
  const forEver = new Promise<void>(() => {});
  app.fake.reply({ events: [START, BLOCK, HEL, speak, () => forEver] });
  app.fake.reply({ events: [START, () => spoken, OVERLOADED] });

  const response = await postChat(app, { ...HELLO, n: 2, stream: true });

  expect(response.status).toBe(503);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(await errorOf(response)).toMatchObject({ code: 'overloaded' });
  for (const request of app.fake.requests) await request.closed;
});
