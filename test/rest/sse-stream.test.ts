import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { toSse } from '../support/claude-events.ts';
import type { Answer } from '../support/fake-claude.ts';
import { contentOf, HELLO, parseSse, postChat, type ReadSse, type WireChunk } from '../support/rest-request.ts';

let app: AppResource;
beforeAll(async () => {
  app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
});
afterAll(() => app[Symbol.asyncDispose]());

const START = {
  type: 'message_start',
  message: {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-5-5',
    content: [],
    stop_reason: null,
    usage: { input_tokens: 12, cache_read_input_tokens: 3, output_tokens: 1 },
  },
};
const delta = (text: string): object => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text },
});
const EVENTS: object[] = [
  START,
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  delta('Héllo'),
  delta(' 😀 ☃'),
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } },
  { type: 'message_stop' },
];
const TEXT = 'Héllo 😀 ☃';

async function stream(answer: Answer, request: object = {}): Promise<ReadSse & { response: Response; text: string }> {
  app.fake.reply(answer);
  const response = await postChat(app, { ...HELLO, stream: true, ...request });
  expect(response.status).toBe(200);
  const text = await response.text();
  return { ...parseSse(text), response, text };
}

/** A stream without what differs from call to call. */
const withoutIds = (chunks: readonly WireChunk[]): unknown[] =>
  chunks.map(({ id: _id, created: _created, ...rest }) => rest);

describe('the order of a stream', () => {
  test('is role, content, finish, [DONE], each as one data record', async () => {
    const { text, response } = await stream({ events: EVENTS });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    const { chunks } = parseSse(text);
    const { id, created } = chunks[0]!;
    const choices = [
      { delta: { role: 'assistant', content: '', refusal: null }, finish_reason: null },
      { delta: { content: 'Héllo' }, finish_reason: null },
      { delta: { content: ' 😀 ☃' }, finish_reason: null },
      { delta: {}, finish_reason: 'stop' },
    ].map(({ delta, finish_reason }) => ({ index: 0, delta, logprobs: null, finish_reason }));
    expect(chunks).toEqual(
      choices.map((choice) => ({
        id,
        object: 'chat.completion.chunk',
        created,
        model: 'claude-sonnet-5-5',
        choices: [choice],
      })),
    );
    expect(id).toMatch(/^chatcmpl-\w+$/);
    expect(created).toBeCloseTo(Date.now() / 1000, -2);
    expect(text).toBe([...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'].join(''));
  });

  test('has an id for each event where its caller can come back: its request has a name', async () => {
    app.fake.reply({ events: EVENTS });
    const response = await postChat(app, { ...HELLO, stream: true }, { headers: { 'idempotency-key': 'order-1' } });
    const text = await response.text();
    const { chunks } = parseSse(text);
    expect(chunks.length).toBeGreaterThan(2);
    expect([...text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id)).toEqual(
      chunks.map(({ id }, number) => `${id}:${number}`),
    );
  });

  test('goes past proxies that buffer or compress', async () => {
    const response = await postChat(app, { ...HELLO, stream: true });
    await response.text();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-cache, no-transform',
      'content-encoding': 'identity',
      'x-accel-buffering': 'no',
    });
  });

  test('has the usage in a last chunk without choices, and null before, only when asked', async () => {
    const { chunks, done } = await stream({ events: EVENTS }, { stream_options: { include_usage: true } });
    expect(done).toBe(true);
    expect(chunks.slice(0, -1).map(({ usage }) => usage)).toEqual(chunks.slice(0, -1).map(() => null));
    expect(chunks.filter(({ choices }) => choices.length === 0)).toEqual([chunks.at(-1)]);
    expect(chunks.at(-1)!.usage).toEqual({
      prompt_tokens: 15,
      completion_tokens: 7,
      total_tokens: 22,
      prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
      cost: expect.any(Number) as number,
    });
    for (const options of [{}, { stream_options: null }, { stream_options: { include_usage: false } }]) {
      const silent = await stream({ events: EVENTS }, options);
      expect(silent.chunks.filter((chunk) => 'usage' in chunk)).toEqual([]);
    }
  });

  test('holds for an answer without content', async () => {
    const { chunks, done } = await stream({
      events: EVENTS.filter((event) => !/content_block/.test(JSON.stringify(event))),
    });
    expect(chunks.map(({ choices }) => [choices[0]!.delta.role, choices[0]!.finish_reason])).toEqual([
      ['assistant', null],
      [undefined, null],
      [undefined, 'stop'],
    ]);
    expect([contentOf(chunks), done]).toEqual(['', true]);
  });

  test('holds for a refusal', async () => {
    const { chunks, done } = await stream({
      events: [
        START,
        {
          type: 'message_delta',
          delta: { stop_reason: 'refusal', stop_details: { type: 'refusal', explanation: 'Not this.' } },
          usage: { output_tokens: 0 },
        },
        { type: 'message_stop' },
      ],
    });
    expect(chunks.map(({ choices }) => choices[0]!.delta.refusal ?? '').join('')).toBe('Not this.');
    expect([contentOf(chunks), chunks.at(-1)!.choices[0]!.finish_reason, done]).toEqual(['', 'content_filter', true]);
  });

  test('each chunk goes out as soon as its event is there', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    app.fake.reply({ events: [...EVENTS.slice(0, 3), () => gate, ...EVENTS.slice(3)] });
    const response = await postChat(app, { ...HELLO, stream: true });
    let text = '';
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      // The second half is asked for only once the first has arrived.
      if (text.includes('Héllo')) release();
    }
    expect(contentOf(parseSse(text).chunks)).toBe(TEXT);
  });
});

describe('what is new to us changes nothing', () => {
  const NOISE: Record<string, object[]> = {
    'a ping': [{ type: 'ping' }],
    'an unknown event': [
      { type: 'weather_report', index: 0, delta: { type: 'text_delta', text: 'rain' }, usage: { output_tokens: 9 } },
    ],
    'an unknown block': [
      { type: 'content_block_start', index: 9, content_block: { type: 'hologram', text: 'boo' } },
      { type: 'content_block_delta', index: 9, delta: { type: 'hologram_delta', text: 'boo' } },
      { type: 'content_block_stop', index: 9 },
    ],
    'an unknown delta': [{ type: 'content_block_delta', index: 0, delta: { type: 'scent_delta', text: 'rose' } }],
    'a delta and a block without anything': [{ type: 'content_block_delta' }, { type: 'content_block_start' }],
    'a second message_start': [START],
  };

  test.each(Object.entries(NOISE))('%s between any two events', async (_name, noise) => {
    const options = { stream_options: { include_usage: true } };
    const expected = withoutIds((await stream({ events: EVENTS }, options)).chunks);
    for (let at = 1; at < EVENTS.length; at += 1) {
      // A message_start replaces counts, and stands before the last ones alone.
      if (noise[0] === START && at > 5) continue;
      const events = [...EVENTS.slice(0, at), ...noise, ...EVENTS.slice(at)];
      const { chunks, done } = await stream({ events }, options);
      expect([at, withoutIds(chunks)]).toEqual([at, expected]);
      expect(done).toBe(true);
    }
  });
});

describe('however the bytes come, the chunks are the same', () => {
  const SSE = toSse(EVENTS);
  const crlf = SSE.replaceAll('\n', '\r\n');
  const bare = SSE.replaceAll('data: ', 'data:').replaceAll('event: ', 'event:');
  const FORMS: Record<string, string> = {
    'as Claude sends it': SSE,
    'with CRLF': crlf,
    'with CR': SSE.replaceAll('\n', '\r'),
    'without a space after the colon': bare,
    'without event lines': SSE.replaceAll(/^event: .*\n/gm, ''),
    'with comments, ids and retries': SSE.replaceAll('event:', ': hello\nid: 7\nretry: 10\nevent:'),
    'with a byte-order mark': `\ufeff${SSE}`,
    'with data in several lines': SSE.replaceAll(/^data: \{"type"/gm, 'data: {\ndata: "type"'),
  };
  let expected: unknown[] = [];
  beforeAll(async () => {
    expected = withoutIds((await stream({ events: EVENTS })).chunks);
  });

  test.each(Object.entries(FORMS))('%s, whole and in single bytes', async (_name, sse) => {
    for (const pieces of [[Buffer.from(sse)], [...Buffer.from(sse)].map((byte) => Buffer.of(byte))]) {
      const { chunks, done } = await stream({ sse: pieces });
      expect(withoutIds(chunks)).toEqual(expected);
      expect(done).toBe(true);
    }
  });

  test.each([
    ['LF', SSE],
    ['CRLF and no spaces', bare.replaceAll('\n', '\r\n')],
  ])('cut in two at any byte (%s)', async (_name, sse) => {
    const bytes = Buffer.from(sse);
    const cuts = Array.from({ length: Math.floor(bytes.length / 3) }, (_, index) => index * 3 + 1);
    for (const at of cuts) {
      const { chunks } = await stream({ sse: [bytes.subarray(0, at), bytes.subarray(at)] });
      expect([at, withoutIds(chunks)]).toEqual([at, expected]);
    }
  });

  test('one event of a megabyte', async () => {
    const long = 'x'.repeat(1024 * 1024);
    const { chunks, done } = await stream({ events: [...EVENTS.slice(0, 2), delta(long), ...EVENTS.slice(4)] });
    expect([contentOf(chunks) === long, done]).toEqual([true, true]);
  });
});
