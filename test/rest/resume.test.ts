import { describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import { contentOf, errorOf, HELLO, parseSse, postChat } from '../support/rest-request.ts';

const KEY = { 'idempotency-key': 'order-7' };

/** An answer that waits in its middle. */
function paused(app: AppResource): { finish: () => void } {
  let finish = (): void => {};
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  app.fake.reply({
    events: [
      { type: 'message_start', message: { id: 'msg_1', model: HELLO.model, content: [], usage: { input_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'one ' } },
      () => gate,
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'two' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
      { type: 'message_stop' },
    ],
  });
  return { finish };
}

async function readUntil(response: Response, text: string): Promise<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  while (!seen.includes(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    seen += value;
  }
  return seen;
}

function calls(app: AppResource): number {
  return app.fake.requests.filter(({ path }) => path === '/v1/messages').length;
}

function events(app: AppResource, id: string, lastEventId?: string): Promise<Response> {
  return fetch(`${app.url}/v1/chat/completions/${id}/events`, {
    headers: {
      authorization: `Bearer ${app.apiKey}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
  });
}

describe('a stream over REST', () => {
  test('that named its request goes on from Last-Event-ID after its connection was lost', async () => {
    await using app = await startApp();
    const { finish } = paused(app);
    const caller = new AbortController();
    const response = await postChat(app, { ...HELLO, stream: true }, { headers: KEY, signal: caller.signal });
    const seen = await readUntil(response, 'one ');
    const last = [...seen.matchAll(/^id: (.+)$/gm)].at(-1)![1]!;
    const id = last.split(':')[0]!;
    caller.abort();
    await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));

    const again = await events(app, id, last);
    finish();
    const rest = parseSse(await again.text());
    expect([contentOf(rest.chunks), rest.done]).toEqual(['two', true]);
    const whole = parseSse(await (await events(app, id)).text());
    expect([contentOf(whole.chunks), whole.done]).toEqual(['one two', true]);
    expect(calls(app)).toBe(1);
  });

  test('that did not is ended with its connection, and can not be come back to', async () => {
    await using app = await startApp();
    paused(app);
    const caller = new AbortController();
    const response = await postChat(app, { ...HELLO, stream: true }, { signal: caller.signal });
    const seen = await readUntil(response, 'one ');
    const id = /"id":"(chatcmpl-\w+)"/.exec(seen)![1]!;
    caller.abort();
    await app.fake.requests[0]!.closed;
    const again = await events(app, id, `${id}:0`);
    expect([again.status, (await errorOf(again)).code]).toEqual([412, 'stream_not_resumable']);
  });

  test('goes on from the id in the query, for callers whose headers are dropped', async () => {
    await using app = await startApp();
    const text = await (await postChat(app, { ...HELLO, stream: true }, { headers: KEY })).text();
    const ids = [...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id!);
    const [, second] = ids;
    const id = second!.split(':')[0]!;
    const headers = { authorization: `Bearer ${app.apiKey}` };
    const rest = await fetch(`${app.url}/v1/chat/completions/${id}/events?last_event_id=${second}`, { headers });
    expect([...(await rest.text()).matchAll(/^id: (.+)$/gm)].map(([, one]) => one)).toEqual(ids.slice(2));
    const named = await fetch(`${app.url}/v1/chat/completions/events`, { headers: { ...headers, ...KEY } });
    expect(await named.text()).toBe(text);
    const nameless = await fetch(`${app.url}/v1/chat/completions/events`, { headers });
    expect([nameless.status, (await errorOf(nameless)).param]).toEqual([400, 'lastEventId']);
  });

  test('is refused for an id of another completion, and without a key', async () => {
    await using app = await startApp();
    expect((await events(app, 'chatcmpl-a', 'chatcmpl-b:1')).status).toBe(412);
    expect((await events({ ...app, apiKey: 'wrong' }, 'chatcmpl-a')).status).toBe(401);
  });
});

describe('Idempotency-Key', () => {
  test.each([true, false])('joins the answer that runs, and gets the finished one (stream: %s)', async (stream) => {
    await using app = await startApp();
    const body = { ...HELLO, stream };
    const [first, second] = await Promise.all([
      postChat(app, body, { headers: KEY }),
      postChat(app, body, { headers: KEY }),
    ]);
    const texts = [await first.text(), await second.text(), await (await postChat(app, body, { headers: KEY })).text()];
    expect(new Set(texts).size).toBe(1);
    expect(calls(app)).toBe(1);
  });

  test('is a conflict with another body, and free for another one of the same body after a failure', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
    app.fake.reply({ status: 500 });
    expect((await postChat(app, HELLO, { headers: KEY })).status).toBe(500);
    const answered = await eventually(async () => {
      const response = await postChat(app, HELLO, { headers: KEY });
      expect(response.status).toBe(200);
      return response;
    });
    expect(await answered.text()).toContain('Hello!');
    const other = await postChat(app, { ...HELLO, max_tokens: 5 }, { headers: KEY });
    expect([other.status, (await errorOf(other)).code]).toEqual([409, 'idempotency_conflict']);
  });

  test('a whole answer goes on without its caller for the grace period, for the one that asks again', async () => {
    await using app = await startApp();
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    app.fake.replyWith(async () => {
      await gate;
      return { message: { content: [{ type: 'text', text: 'late' }] } };
    });
    const caller = new AbortController();
    const left = postChat(app, HELLO, { headers: KEY, signal: caller.signal }).catch(() => undefined);
    await app.fake.waitForRequest();
    caller.abort();
    await left;
    const again = postChat(app, HELLO, { headers: KEY });
    await eventually(() => expect(app.app.services.runningCalls.size).toBe(1));
    open();
    expect(await (await again).text()).toContain('late');
    expect(calls(app)).toBe(1);
  });
});
