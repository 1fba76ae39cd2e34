import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/fake-claude.ts';
import { postChat, readSse, textOf } from './post-chat.ts';

const AT_ONCE = { 'retry-after': '0' };
const TEXT = 'Hello! How can I help you today?';

const START = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude-haiku-4-5', usage: { input_tokens: 1 } },
};
const CONTENT = [
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Half' } },
];
const OVERLOADED = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };

function limitReached(errorCode: string): Answer {
  const error = { type: 'rate_limit_error', message: 'limit', details: { error_code: errorCode } };
  return { status: 429, headers: AT_ONCE, body: { type: 'error', error, request_id: 'req_1' } };
}

async function errorOf(response: Response): Promise<{ type: string; code: string | null; message: string }> {
  return ((await response.json()) as { error: { type: string; code: string | null; message: string } }).error;
}

/** Calls to Claude's messages, without those for its models. */
function callsOf({ fake }: AppResource): number {
  return fake.requests.filter(({ path }) => path === '/v1/messages').length;
}

describe.each([{ stream: false }, { stream: true }])('with stream: $stream', (fields) => {
  it.each([408, 409, 429, 500, 502, 503, 504, 529])('tries again after %i and gives the answer', async (status) => {
    await using app = await startApp();
    app.fake.reply({ status, headers: AT_ONCE });
    app.fake.reply({ status, headers: { 'retry-after-ms': '1' } });
    const response = await postChat(app, fields);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(fields.stream ? '[DONE]' : TEXT);
    expect(callsOf(app)).toBe(3);
  });

  it('gives up after TRESTLE_MAX_RETRIES further tries, with the last failure', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '3' } });
    for (const status of [500, 529, 529, 429]) app.fake.reply({ status, headers: AT_ONCE });
    const response = await postChat(app, fields);
    expect([response.status, callsOf(app)]).toEqual([429, 4]);
    expect(response.headers.get('retry-after')).toBe('0');
    expect(await errorOf(response)).toMatchObject({ type: 'rate_limit_error', code: 'rate_limit_exceeded' });
  });

  it.each([400, 401, 403, 404, 413])('does not try again after %i', async (status) => {
    await using app = await startApp();
    app.fake.reply({ status, headers: AT_ONCE });
    const response = await postChat(app, fields);
    expect(response.status).toBe(status === 401 || status === 403 ? 502 : status);
    expect(callsOf(app)).toBe(1);
  });

  it('does as x-should-retry says, both ways', async () => {
    await using app = await startApp();
    app.fake.reply({ status: 400, headers: { ...AT_ONCE, 'x-should-retry': 'true' } });
    expect((await postChat(app, fields)).status).toBe(200);
    expect(callsOf(app)).toBe(2);
    app.fake.reply({ status: 529, headers: { ...AT_ONCE, 'x-should-retry': 'false' } });
    expect((await postChat(app, fields)).status).toBe(503);
    expect(callsOf(app)).toBe(3);
  });

  it.each([
    ['enforced_spend_limit_reached', limitReached('enforced_spend_limit_reached')],
    ['contract_spend_limit_reached', limitReached('contract_spend_limit_reached')],
    ['a billing error', { status: 402, headers: AT_ONCE }],
    [
      "the operator's own limit",
      {
        status: 400,
        headers: { ...AT_ONCE, 'x-should-retry': 'true' },
        body: {
          type: 'error',
          error: { type: 'invalid_request_error', message: 'You have reached your specified API usage limits.' },
        },
      },
    ],
  ] satisfies [string, Answer][])('does not try again at a spend limit: %s', async (_name, answer) => {
    await using app = await startApp();
    app.fake.reply(answer);
    const response = await postChat(app, fields);
    expect(response.status).toBe(429);
    expect(await errorOf(response)).toMatchObject({ type: 'insufficient_quota', code: 'insufficient_quota' });
    expect(callsOf(app)).toBe(1);
  });

  it('passes on an error whose retry-after is longer than 10 s, at once and with the header', async () => {
    await using app = await startApp();
    app.fake.reply({ status: 429, headers: { 'retry-after': '11' } });
    app.fake.reply({ status: 529, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } });
    const limited = await postChat(app, fields);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '11']);
    const overloaded = await postChat(app, fields);
    expect(overloaded.status).toBe(503);
    expect(Number(overloaded.headers.get('retry-after'))).toBeGreaterThan(55);
    expect(callsOf(app)).toBe(2);
  });

  it('tries again after a connection that was reset', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '1' } });
    app.fake.reply({ reset: true });
    const response = await postChat(app, fields);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(fields.stream ? '[DONE]' : TEXT);
    expect(callsOf(app)).toBe(2);
  });

  it('stops trying, and calls Claude no more, when the caller leaves during back-off', async () => {
    await using app = await startApp();
    app.fake.reply({ status: 529, headers: { 'retry-after': '2' } });
    const caller = new AbortController();
    const answer = postChat(app, fields, { signal: caller.signal });
    const request = await app.fake.waitForRequest();
    await request.closed;
    caller.abort();
    await expect(answer).rejects.toThrow('aborted');
    // Long before the two seconds are over nothing runs any more that could make a second call.
    await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));
    expect(callsOf(app)).toBe(1);
  });
});

describe('a stream', () => {
  it.each([
    ['as the first event', [OVERLOADED]],
    ['after message_start and ping', [START, { type: 'ping' }, OVERLOADED]],
  ])('is tried again when Claude is overloaded %s', async (_when, events) => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '1' } });
    app.fake.reply({ events });
    const response = await postChat(app, { stream: true });
    expect(response.status).toBe(200);
    const data = await readSse(response);
    expect([textOf(data), data.at(-1)]).toEqual([TEXT, '[DONE]']);
    expect(callsOf(app)).toBe(2);
  });

  it('that never gets to content has the real status of its failure', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
    app.fake.reply({ events: [START, OVERLOADED] });
    const response = await postChat(app, { stream: true });
    expect(response.status).toBe(503);
    expect(await errorOf(response)).toMatchObject({ type: 'server_error', code: 'overloaded' });
  });

  it('that ends before content is tried again', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '1' } });
    app.fake.reply({ events: [START] });
    expect(textOf(await readSse(await postChat(app, { stream: true })))).toBe(TEXT);
    expect(callsOf(app)).toBe(2);
  });

  it.each([
    ['an error event', { events: [OVERLOADED] }, 'overloaded'],
    ['a reset', { events: [], cut: 'reset' }, 'upstream_error'],
    ['an early end', { events: [], cut: 'end' }, 'upstream_error'],
  ] as const)('is never tried again after content: %s', async (_name, { events, ...end }, code) => {
    await using app = await startApp();
    const reached = new EventEmitter();
    app.fake.reply({ events: [START, ...CONTENT, () => once(reached, 'it').then(() => undefined), ...events], ...end });
    const response = await postChat(app, { stream: true });
    reached.emit('it');
    const data = await readSse(response);
    expect(textOf(data)).toBe('Half');
    expect(data.at(-1)).toMatchObject({ error: { type: 'server_error', code } });
    expect(callsOf(app)).toBe(1);
  });
});
