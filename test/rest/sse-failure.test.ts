import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import type { Answer, Cut } from '../support/fake-claude.ts';
import { contentOf, errorOf, HELLO, parseSse, postChat, type ReadSse, readToCut } from '../support/rest-request.ts';

let app: AppResource;
let patient: AppResource;
beforeAll(async () => {
  app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  patient = await startApp({ environment: { TRESTLE_MAX_RETRIES: '1' } });
});
afterAll(() => Promise.all([app[Symbol.asyncDispose](), patient[Symbol.asyncDispose]()]));

const STREAM = { ...HELLO, stream: true } as const;
const START = { type: 'message_start', message: { model: 'claude-sonnet-5-5', usage: { input_tokens: 12 } } };
const BLOCK = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
const HEL = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } };
const WHOLE = [
  START,
  BLOCK,
  HEL,
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];
const errorEvent = (type: string): object => ({ type: 'error', error: { type, message: 'org-4711 has a problem' } });
const OVERLOADED = errorEvent('overloaded_error');

/** Reads a stream that must have broken: the error comes last, after a clean text, and nothing claims an end. */
async function expectBroken(response: Response, code: string | null): Promise<ReadSse> {
  expect(response.status).toBe(200);
  const { text, cut } = await readToCut(response);
  const read = parseSse(text);
  expect(cut).toBe(true);
  expect(text).toMatch(/\n\ndata: \{"error":.*\}\nevent: error\n\n$/);
  expect(text).not.toContain('[DONE]');
  expect(text).not.toContain('org-4711');
  expect(read.done).toBe(false);
  expect(read.chunks.at(-1)).toEqual({
    error: { message: expect.stringMatching(/./), type: 'server_error', param: null, code },
  });
  expect(read.chunks.filter((chunk) => chunk.error)).toHaveLength(1);
  const choices = read.chunks.flatMap((chunk) => chunk.choices ?? []);
  expect(choices.filter((choice) => choice.finish_reason !== null)).toEqual([]);
  return read;
}

describe('before any content a failure keeps its own status', () => {
  const EARLY: [string, Answer, number, string | null][] = [
    ['429', { status: 429 }, 429, 'rate_limit_exceeded'],
    ['529', { status: 529 }, 503, 'overloaded'],
    ['a reset', { reset: true }, 502, 'upstream_error'],
    ['overload as the first event', { events: [OVERLOADED] }, 503, 'overloaded'],
    ['overload after message_start', { events: [START, OVERLOADED] }, 503, 'overloaded'],
    ['overload after message_start and pings', { events: [START, { type: 'ping' }, OVERLOADED] }, 503, 'overloaded'],
    ['overload after an unknown event', { events: [START, { type: 'weather_report' }, OVERLOADED] }, 503, 'overloaded'],
    [
      'a rate limit after message_start',
      { events: [START, errorEvent('rate_limit_error')] },
      429,
      'rate_limit_exceeded',
    ],
    ['an internal error after message_start', { events: [START, errorEvent('api_error')] }, 500, null],
    ['the end of the stream after message_start', { events: [START] }, 502, 'upstream_error'],
    ['a reset after message_start', { events: [START], cut: 'reset' }, 502, 'upstream_error'],
    ['an empty stream', { events: [] }, 502, 'upstream_error'],
  ];

  test.each(EARLY)('%s', async (_name, answer, status, code) => {
    app.fake.reply(answer);
    const response = await postChat(app, STREAM);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await errorOf(response)).toMatchObject({ code });
  });

  test.each(EARLY)('%s is tried again', async (_name, answer) => {
    const before = patient.fake.requests.length;
    patient.fake.reply('status' in answer ? { ...answer, headers: { 'retry-after-ms': '1' } } : answer);
    const response = await postChat(patient, STREAM);
    expect(response.status).toBe(200);
    const { chunks, done } = parseSse(await response.text());
    expect([contentOf(chunks), done]).toEqual(['Hello! How can I help you today?', true]);
    expect(patient.fake.requests).toHaveLength(before + 2);
  });

  test.each([
    ['an error of the request', { events: [START, errorEvent('invalid_request_error')] }, 400],
    ['a refused key', { status: 401 }, 502],
    ['a wish to wait for longer than callers do', { status: 429, headers: { 'retry-after': '11' } }, 429],
    ['a limit that waiting does not lift', { status: 402 }, 429],
    ['what Claude says not to try again', { status: 529, headers: { 'x-should-retry': 'false' } }, 503],
  ] as [string, Answer, number][])('%s is not tried again', async (_name, answer, status) => {
    const before = patient.fake.requests.length;
    patient.fake.reply(answer);
    const response = await postChat(patient, STREAM);
    expect(response.status).toBe(status);
    await errorOf(response);
    expect(patient.fake.requests).toHaveLength(before + 1);
  });
});

describe('after the first content a failure is an event', () => {
  test.each([
    ['overloaded_error', 'overloaded'],
    ['api_error', null],
    ['authentication_error', 'upstream_authentication'],
    ['error_of_next_year', 'upstream_error'],
  ])('an error event of type %s', async (type, code) => {
    app.fake.reply({ events: [START, BLOCK, HEL, errorEvent(type), ...WHOLE.slice(3)] });
    const { chunks } = await expectBroken(await postChat(app, STREAM), code);
    expect(contentOf(chunks.slice(0, -1))).toBe('Hel');
  });

  test('it is never tried again', async () => {
    const before = patient.fake.requests.length;
    patient.fake.reply({ events: [START, BLOCK, HEL, OVERLOADED] });
    await expectBroken(await postChat(patient, STREAM), 'overloaded');
    expect(patient.fake.requests).toHaveLength(before + 1);
  });

  test.each<Cut>(['end', 'reset'])('a stream that is cut before message_stop, by %s, after any event', async (cut) => {
    for (let length = 3; length < WHOLE.length; length += 1) {
      let open = (): void => undefined;
      // A reset would overtake the events before it.
      const gate = new Promise<void>((resolve) => (open = resolve));
      app.fake.reply({ events: [...WHOLE.slice(0, length), () => gate], cut });
      const response = await postChat(app, STREAM);
      open();
      const { chunks } = await expectBroken(response, 'upstream_error');
      expect(contentOf(chunks.slice(0, -1))).toBe('Hel');
    }
  });

  test('an event that is cut in its middle', async () => {
    const record = (event: object): string => `data: ${JSON.stringify(event)}\n\n`;
    app.fake.reply({ sse: [...[START, BLOCK, HEL].map(record), record(HEL).slice(0, -20)] });
    await expectBroken(await postChat(app, STREAM), 'upstream_error');
  });

  test('an event that can not be read', async () => {
    app.fake.reply({
      sse: `${[START, BLOCK, HEL].map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: {"type":org-4711}\n\n`,
    });
    const { chunks } = await expectBroken(await postChat(app, STREAM), 'upstream_error');
    expect(contentOf(chunks.slice(0, -1))).toBe('Hel');
  });

  test('silence for longer than the idle limit', async () => {
    await using impatient = await startApp({ environment: { TRESTLE_IDLE_TIMEOUT_MS: '50' } });
    impatient.fake.reply({ events: [START, BLOCK, HEL, () => new Promise<void>(() => undefined)] });
    await expectBroken(await postChat(impatient, STREAM), 'upstream_timeout');
    const upstream = await impatient.fake.waitForRequest();
    await upstream.closed;
    expect(upstream.finished).toBe(false);
  });

  test('a stop of the server at its deadline', async () => {
    await using stopping = await startApp();
    stopping.fake.reply({ events: [START, BLOCK, HEL, () => new Promise<void>(() => undefined)] });
    const response = await postChat(stopping, STREAM);
    const stopped = stopping.app.stop(0);
    const { text, cut } = await readToCut(response);
    expect(cut).toBe(true);
    expect(text).not.toContain('[DONE]');
    expect(parseSse(text).chunks.at(-1)!.error).toBeDefined();
    await stopped;
  });
});
