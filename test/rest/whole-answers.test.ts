import { afterEach, describe, expect, test, vi } from 'vitest';
import { openaiAt } from '../ecosystem/openai-client.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import { holdClocks, pass } from '../support/pass-time.ts';
import { HELLO, postChat } from '../support/rest-request.ts';
import { claudeCalls, gate } from '../support/word-stream.ts';

afterEach(() => void vi.useRealTimers());

/** Claude answers with the text, or fails, once that is let through. */
function late(app: AppResource, answer: 'late' | 'overloaded'): () => void {
  const { opened, open } = gate();
  app.fake.replyWith(async () => {
    await opened;
    return answer === 'late' ? { message: { content: [{ type: 'text', text: 'late' }] } } : { status: 529 };
  });
  return open;
}

const asked = (app: AppResource, count = 1): Promise<void> =>
  eventually(() => expect(claudeCalls(app)).toBe(count), { interval: 5 });

describe('a whole answer that takes longer than 25 s', () => {
  test('begins with its headers and white space, and is JSON all the same', async () => {
    holdClocks();
    await using app = await startApp();
    const open = late(app, 'late');
    const pending = postChat(app, { ...HELLO, seed: 1 });
    let answered = false;
    void pending.then(() => (answered = true));
    await asked(app);
    await pass(24_500);
    expect(answered).toBe(false);
    await pass(1000);
    const response = await pending;
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('x-trestle-notices')).toBe('seed=ignored');
    await pass(31_000);
    open();
    const text = await response.text();
    expect(text).toMatch(/^ {3}\{/);
    expect(JSON.parse(text)).toMatchObject({ choices: [{ message: { content: 'late' } }] });
  });

  test("is read by OpenAI's client", async () => {
    await using app = await startApp({ environment: { TRESTLE_WHOLE_ANSWER_HOLD_MS: '1' } });
    const open = late(app, 'late');
    const pending = openaiAt(app)
      .chat.completions.create({ ...HELLO, messages: [...HELLO.messages] })
      .asResponse();
    const response = await pending;
    open();
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'late' } }] });
  });

  test('fails in its body, after a status that said otherwise, and the log has the right one', async () => {
    await using app = await startApp({
      environment: { TRESTLE_WHOLE_ANSWER_HOLD_MS: '1', TRESTLE_MAX_RETRIES: '0', LOG_LEVEL: 'info' },
    });
    const open = late(app, 'overloaded');
    const response = await postChat(app, HELLO);
    open();
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ error: { type: 'server_error', code: 'overloaded' } });
    await eventually(() => expect(app.logs.at(-1)).toMatchObject({ route: '/v1/chat/completions', status: 503 }));
  });

  test('is waited for in silence where the hold is 0', async () => {
    holdClocks();
    await using app = await startApp({
      environment: { TRESTLE_WHOLE_ANSWER_HOLD_MS: '0', TRESTLE_MAX_RETRIES: '0' },
    });
    const open = late(app, 'overloaded');
    const pending = postChat(app, HELLO);
    await asked(app);
    await pass(60_000);
    open();
    expect((await pending).status).toBe(503);
  });

  test('ends at Claude when its caller leaves', async () => {
    await using app = await startApp({ environment: { TRESTLE_WHOLE_ANSWER_HOLD_MS: '1' } });
    app.fake.reply({ hang: true });
    const leaving = new AbortController();
    await postChat(app, HELLO, { signal: leaving.signal });
    const upstream = await app.fake.waitForRequest();
    leaving.abort();
    await upstream.closed;
    expect(upstream.finished).toBe(false);
  });
});

describe('a request without a key whose client says that it tries again', () => {
  const first = { 'x-stainless-retry-count': '0' };
  const again = { 'x-stainless-retry-count': '1' };

  test('joins the answer that still runs', async () => {
    await using app = await startApp();
    const open = late(app, 'late');
    const answers = [postChat(app, HELLO, { headers: first })];
    await asked(app);
    answers.push(postChat(app, HELLO, { headers: again }));
    await eventually(() => expect(app.app.services.runningCalls.size).toBe(2));
    open();
    const [one, other] = await Promise.all(answers.map(async (answer) => await (await answer).text()));
    expect(one).toContain('late');
    expect(other).toBe(one);
    expect(claudeCalls(app)).toBe(1);
    // One that is over is not given again.
    await postChat(app, HELLO, { headers: again });
    expect(claudeCalls(app)).toBe(2);
  });

  test.each([
    ['of another body', {}, { ...HELLO, max_tokens: 9 }, {}],
    ['of another key', { authorization: 'Bearer other-key' }, HELLO, {}],
    ['in strict mode', { 'x-trestle-strict': 'true' }, HELLO, {}],
    ['which is not to be joined', {}, HELLO, { TRESTLE_JOIN_RETRIES: 'false' }],
    ['which is none', first, HELLO, {}],
  ])('%s is a request of its own', async (_what, headers, body, environment) => {
    await using app = await startApp({ environment: { TRESTLE_API_KEYS: 'test-key,other-key', ...environment } });
    const open = late(app, 'late');
    const answers = [postChat(app, HELLO, { headers: first })];
    await asked(app);
    answers.push(postChat(app, body, { headers: { ...again, ...headers } }));
    await asked(app, 2);
    open();
    for (const answer of answers) expect((await answer).status).toBe(200);
  });

  test('whose first caller is gone asks anew, since that ended the answer at once', async () => {
    await using app = await startApp();
    app.fake.reply({ hang: true });
    const leaving = new AbortController();
    const left = postChat(app, HELLO, { headers: first, signal: leaving.signal }).catch(() => undefined);
    const upstream = await app.fake.waitForRequest();
    leaving.abort();
    await left;
    await upstream.closed;
    expect((await postChat(app, HELLO, { headers: again })).status).toBe(200);
    expect(claudeCalls(app)).toBe(2);
  });
});
