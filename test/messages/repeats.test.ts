import { describe, expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import { claudeCalls, gate, words } from '../support/word-stream.ts';
import { HELLO, post } from './messages-client.ts';

// A message under one name is asked for once, however often its client tries.

const KEY = { 'idempotency-key': 'k' };

describe('under one key', () => {
  test.each([false, true])('a try that counts itself joins the first (stream: %s)', async (stream) => {
    await using app = await startApp();
    const body = { ...HELLO, stream };
    const texts: string[] = [];
    for (const count of ['0', '1']) {
      const headers = { ...KEY, 'x-stainless-retry-count': count, 'user-agent': `client/${count}` };
      const response = await post(app, body, { headers });
      expect(response.status).toBe(200);
      texts.push(await response.text());
    }
    expect(texts[1]).toBe(texts[0]);
    expect(claudeCalls(app)).toBe(1);
  });

  test.each([
    ['body', { ...HELLO, max_tokens: 7 }, {}],
    ['betas', HELLO, { 'anthropic-beta': 'a-2026-01-01' }],
    ['version', HELLO, { 'anthropic-version': '2026-10-21' }],
  ])('another %s is a conflict, in the envelope of Anthropic', async (_what, body, headers) => {
    await using app = await startApp();
    await (await post(app, HELLO, { headers: KEY })).text();
    const response = await post(app, body, { headers: { ...KEY, ...headers } });
    expect([response.status, await response.json()]).toMatchObject([
      409,
      { type: 'error', error: { type: 'conflict_error' } },
    ]);
  });
});

test('a whole message without a key, tried again while it runs, is asked for once', async () => {
  await using app = await startApp();
  const { opened, open } = gate();
  app.fake.replyWith(async () => {
    await opened;
    return { message: { content: [{ type: 'text', text: 'late' }] } };
  });
  const attempt = (count: number, signal?: AbortSignal) =>
    post(app, HELLO, { headers: { 'x-stainless-retry-count': String(count) }, ...(signal && { signal }) });
  const first = attempt(0);
  await eventually(() => expect(claudeCalls(app)).toBe(1), { interval: 5 });
  const second = attempt(1);
  await eventually(() => expect(app.app.services.runningCalls.size).toBe(2), { interval: 5 });
  open();
  expect(await (await second).json()).toEqual(await (await first).json());
  expect(claudeCalls(app)).toBe(1);
});

test('an answer that is read on by its id begins behind the event named in the query or the header', async () => {
  await using app = await startApp();
  app.fake.reply({ events: words(5, () => undefined) });
  const whole = await (await post(app, { ...HELLO, stream: true }, { headers: KEY })).text();
  const ids = [...whole.matchAll(/^id: (.+)$/gm)].map(([, id]) => id!);
  const answer = ids[0]!.slice(0, ids[0]!.lastIndexOf(':'));
  const rest = whole.slice(whole.indexOf(`id: ${ids[3]}`));
  const read = async (query: string, headers: Record<string, string>) =>
    (
      await fetch(`${app.url}/v1/messages/${answer}/events${query}`, {
        headers: { 'x-api-key': app.apiKey, ...headers },
      })
    ).text();
  expect(await read('', { 'last-event-id': ids[2]! })).toBe(rest);
  expect(await read(`?last_event_id=${encodeURIComponent(ids[2]!)}`, {})).toBe(rest);
  expect(await read('', {})).toBe(whole);
});
