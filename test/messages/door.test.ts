import { AuthenticationError } from '@anthropic-ai/sdk';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withModel } from '../../server/messages/messages-request.ts';
import { readRawEvents } from '../../server/upstream/read-raw-events.ts';
import { startApp } from '../support/app-resource.ts';
import { BEGUN } from '../support/begun-answer.ts';
import { eventually } from '../support/eventually.ts';
import { claudeCalls, expectedWords, gate, words } from '../support/word-stream.ts';
import { clientOf, HELLO, messages, model, post, sseOf, WHOLE } from './messages-client.ts';

// Claude's own API passes through: as Anthropic's own client uses it, and byte by byte.

describe("Anthropic's client", () => {
  test('has whole messages, streams, tools, counts and models', async () => {
    await using app = await startApp();
    const client = clientOf(app);
    const whole = await client.messages.create(HELLO);
    expect(whole.content.at(-1)).toMatchObject({ type: 'text', text: 'Hello! How can I help you today?' });
    const tools = [{ name: 'look', input_schema: { type: 'object' as const } }];
    const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: { city: 'Oslo' } };
    app.fake.reply({ message: { content: [call], stop_reason: 'tool_use' } });
    const streamed = await client.messages.stream({ ...HELLO, tools }).finalMessage();
    expect(streamed).toMatchObject({ content: [call], stop_reason: 'tool_use' });
    expect(await client.messages.countTokens({ model, messages })).toEqual({ input_tokens: expect.any(Number) });
    const ids: string[] = [];
    for await (const { id, type } of client.models.list({ limit: 3 })) ids.push(`${type} ${id}`);
    expect(ids).toContain(`model ${model}`);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await client.models.retrieve(model)).toMatchObject({ type: 'model', id: model });
  });

  test('reads our own errors, by their types', async () => {
    await using app = await startApp();
    await expect(clientOf({ ...app, apiKey: 'wrong' }).messages.create(HELLO)).rejects.toBeInstanceOf(
      AuthenticationError,
    );
    const unknown = clientOf(app).messages.create({ ...HELLO, model: 'gpt-4' });
    await expect(unknown).rejects.toMatchObject({
      status: 404,
      error: { type: 'error', error: { type: 'not_found_error' } },
      requestID: expect.stringMatching(/^req_/),
    });
  });
});

describe('a request', () => {
  test.each([
    '{ "model" : "claude-sonnet-5-5",\n"max_tokens":100, "messages":[{"role":"user","content":"\\u00e9\\ud83d\\ude00 1"}] }',
    '\t{"model":"x","model":"claude-sonnet-5-5","max_tokens":1e2,"messages":[{"role":"user","content":"\\/"}],"stream":false}\n',
    '{"max_tokens":100,"messages":[{"role":"user","content":[{"type":"text","text":"12345678901234567890"}]}],"model":"claude-sonnet-5-5","metadata":{"user_id":"{\\"a\\":1.0}"}}',
  ])('%s passes byte for byte', async (json) => {
    await using app = await startApp();
    expect((await post(app, json)).status).toBe(200);
    expect(app.fake.requests.at(-1)!.rawBody).toBe(json);
  });

  test('has the version, the betas and the names of its client, and none of its keys', async () => {
    await using app = await startApp();
    const headers = {
      authorization: `Bearer ${app.apiKey}`,
      'anthropic-beta': 'context-management-2025-06-27',
      'user-agent': 'claude-cli/2.1.332',
      'x-stainless-lang': 'js',
      cookie: 'a=b',
      'x-forwarded-for': '1.2.3.4',
    };
    await post(app, HELLO, { headers, path: '/v1/messages?beta=true' });
    const { headers: sent, path } = app.fake.requests.at(-1)!;
    expect(path).toBe('/v1/messages');
    expect(sent).toMatchObject({
      authorization: 'Bearer test-upstream-key',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': headers['anthropic-beta'],
      'user-agent': headers['user-agent'],
      'x-stainless-lang': 'js',
    });
    for (const name of ['x-api-key', 'cookie', 'x-forwarded-for']) expect(sent).not.toHaveProperty(name);
  });

  test('for an alias has the name of its model in it, and nothing else changed', async () => {
    await using app = await startApp({ environment: { TRESTLE_MODEL_ALIASES: '{"fast":"claude-haiku-4-5"}' } });
    const json = '{ "messages":[{"role":"user","content":"fast"}] , "model" :"fast","max_tokens" : 100}';
    const response = await post(app, json);
    expect(response.headers.get('x-trestle-notices')).toBe('model=emulated');
    expect(app.fake.requests.at(-1)!.rawBody).toBe(json.replace('"model" :"fast"', '"model" :"claude-haiku-4-5"'));
  });

  test('for a retired model is answered by its successor, which a header says', async () => {
    await using app = await startApp();
    const response = await post(app, { ...HELLO, model: 'claude-sonnet-4-20250514' });
    expect([response.status, response.headers.get('x-trestle-notices')]).toEqual([200, 'model=substituted']);
    expect(await response.json()).toMatchObject({ model: 'claude-sonnet-4-6' });
  });

  test('has its model replaced at the top level alone, and where it counts', () => {
    const other = fc.jsonValue().filter((value) => typeof value === 'object');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('model', 'a', 'b'), other)), fc.string(), (fields, name) => {
        const inner = fields.map(
          ([key, value]) => `${JSON.stringify(key === 'model' ? 'x' : key)}:${JSON.stringify(value)}`,
        );
        const json = `{${[`"model":"old"`, `"deep":{"model":"kept"}`, ...inner, `"model" : ${JSON.stringify(name)}`].join(' , ')}}`;
        const changed = withModel(json, 'claude-x');
        expect(JSON.parse(changed)).toEqual({ ...JSON.parse(json), model: 'claude-x' });
        expect(changed.length - json.length).toBe('"claude-x"'.length - JSON.stringify(name).length);
      }),
    );
  });

  test.each([
    ['{"model":', 400, 'invalid_request_error'],
    ['[]', 400, 'invalid_request_error'],
    ['{"max_tokens":1}', 400, 'invalid_request_error'],
    ['{"model":7}', 400, 'invalid_request_error'],
  ])('that is %s is a %i in the envelope of Anthropic', async (json, status, type) => {
    await using app = await startApp();
    const response = await post(app, json);
    expect([response.status, await response.json()]).toMatchObject([
      status,
      { type: 'error', error: { type, message: expect.any(String) }, request_id: response.headers.get('request-id') },
    ]);
    expect(claudeCalls(app)).toBe(0);
  });
});

describe("Claude's errors", () => {
  test.each([400, 404, 413, 429, 500, 529])('of status %i keep their words and headers', async (status) => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
    const body = {
      type: 'error',
      error: { type: 'x_error', message: 'context_management: Extra inputs are not permitted' },
      request_id: 'req_1',
    };
    app.fake.replyWith(() => ({ status, body, headers: { 'retry-after': '60', 'x-should-retry': 'false' } }));
    for (const stream of [false, true]) {
      const response = await post(app, { ...HELLO, stream });
      expect([response.status, await response.json()]).toEqual([status, body]);
      expect(response.headers.get('x-should-retry')).toBe('false');
      expect(response.headers.get('retry-after')).toBe('60');
    }
  });

  test.each([401, 403])('of status %i are about the operator, and none of the caller', async (status) => {
    await using app = await startApp();
    const body = { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } };
    app.fake.replyWith(() => ({ status, body }));
    const response = await post(app, HELLO);
    const text = await response.text();
    expect([response.status, JSON.parse(text)]).toMatchObject([502, { type: 'error', error: { type: 'api_error' } }]);
    expect(text).not.toContain('x-api-key');
  });
});

/** The events that are read of a body that comes in these pieces. */
async function eventsOf(pieces: readonly Buffer[]): Promise<string[]> {
  const events: string[] = [];
  const body = async function* () {
    yield* pieces;
  };
  for await (const batch of readRawEvents(body())) events.push(...batch);
  return events;
}

/** What a stream says before its connection is cut. */
async function readBroken(response: Response): Promise<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const read = async (): Promise<void> => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
  };
  await expect(read()).rejects.toThrow();
  return text;
}

describe('a stream', () => {
  test('passes byte for byte, and its tokens are counted', async () => {
    await using app = await startApp();
    app.fake.reply({ sse: WHOLE });
    const response = await post(app, { ...HELLO, stream: true });
    expect(await response.text()).toBe(WHOLE);
    const metrics = await (await fetch(`${app.url}/metrics`, { headers: { 'x-api-key': app.apiKey } })).text();
    expect(metrics).toContain('trestle_tokens_total{kind="prompt"} 3\n');
    expect(metrics).toContain('trestle_tokens_total{kind="completion"} 7\n');
  });

  test('is read in whole events wherever it is cut, and they add up to its bytes', async () => {
    for (const text of [Buffer.from(WHOLE), Buffer.from(WHOLE.replaceAll('\n', '\r\n'))])
      for (let cut = 1; cut < text.length; cut += 1) {
        const events = await eventsOf([text.subarray(0, cut), text.subarray(cut)]);
        expect(events).toHaveLength(7);
        expect(events.join('')).toBe(text.toString());
      }
  });

  test('is read in time that grows with its bytes, however small its pieces are', async () => {
    const text = Buffer.from(`event: x\ndata: ${'y'.repeat(4_000_000)}\n\n${WHOLE}`);
    const body = async function* () {
      for (let start = 0; start < text.length; start += 400) yield text.subarray(start, start + 400);
    };
    let length = 0;
    for await (const batch of readRawEvents(body())) for (const raw of batch) length += Buffer.byteLength(raw);
    expect(length).toBe(text.length);
  });

  test('in any pieces is the same events', async () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n]/g, ''));
    const ends = fc.constantFrom('\n', '\r\n');
    const event = fc
      .tuple(fc.constantFrom('event: ', 'data: ', ': '), fc.array(line, { minLength: 1 }), ends)
      .map(([field, lines, end]) => lines.map((text) => field + text + end).join('') + end);
    await fc.assert(
      fc.asyncProperty(fc.array(event), line, fc.array(fc.nat(40)), async (events, cutOff, lengths) => {
        const bytes = Buffer.from(`${events.join('')}data: ${cutOff}`);
        const pieces: Buffer[] = [];
        let start = 0;
        for (const length of lengths) pieces.push(bytes.subarray(start, (start += length)));
        expect(await eventsOf([...pieces, bytes.subarray(start)])).toEqual(events);
      }),
    );
  });

  test('that is cut at any byte has its whole events, and then the error', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
    const from = WHOLE.indexOf('event: content_block_delta');
    for (let cut = from; cut < WHOLE.length; cut += 13) {
      const begun = Buffer.from(WHOLE).subarray(0, cut).toString();
      app.fake.reply({ sse: Buffer.from(WHOLE).subarray(0, cut) });
      const text = await readBroken(await post(app, { ...HELLO, stream: true }));
      const whole = begun.slice(0, begun.lastIndexOf('\n\n') + 2);
      expect(text).toMatch(
        /\n\nevent: error\ndata: \{"type":"error","error":\{"type":"api_error",.*\},"request_id":"req_\w+"\}\n\n$/,
      );
      expect(text.slice(0, text.lastIndexOf('event: error'))).toBe(whole);
    }
  });

  test('that breaks says so, and its connection is cut', async () => {
    await using app = await startApp();
    const begun = WHOLE.slice(0, WHOLE.indexOf('event: content_block_stop'));
    app.fake.reply({ sse: begun });
    const response = await post(app, { ...HELLO, stream: true });
    const text = await readBroken(response);
    expect(text.startsWith(begun)).toBe(true);
    expect(text.slice(begun.length)).toMatch(
      /^event: error\ndata: \{"type":"error","error":\{"type":"api_error",.*\},"request_id":"req_\w+"\}\n\n$/,
    );
  });

  test("with Claude's own error in it passes that on", async () => {
    await using app = await startApp();
    const begun = WHOLE.slice(0, WHOLE.indexOf('event: content_block_stop'));
    const error = sseOf([{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }]);
    app.fake.reply({ sse: begun + error });
    expect(await (await post(app, { ...HELLO, stream: true })).text()).toBe(begun + error);
  });

  test('whose caller leaves has Claude stop', async () => {
    await using app = await startApp();
    app.fake.reply(BEGUN);
    const caller = new AbortController();
    const response = await post(app, { ...HELLO, stream: true }, { signal: caller.signal });
    await response.body!.getReader().read();
    caller.abort();
    await app.fake.requests.at(-1)!.closed;
    expect(app.fake.requests.at(-1)!.finished).toBe(false);
  });

  test('with a name is read on after each of 20 cuts', async () => {
    await using app = await startApp();
    const gates = Array.from({ length: 20 }, gate);
    app.fake.reply({ events: words(20, (index) => gates[index]!.opened) });
    const key = { 'idempotency-key': 'k' };
    let [seen, last] = ['', ''];
    for (let cut = 0; cut < 20; cut += 1) {
      gates[cut]!.open();
      const caller = new AbortController();
      const { signal } = caller;
      const response =
        last === ''
          ? await post(app, { ...HELLO, stream: true }, { headers: key, signal })
          : await fetch(`${app.url}/v1/messages/events`, {
              headers: { 'x-api-key': app.apiKey, ...key, 'last-event-id': last },
              signal,
            });
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (!text.includes(`"text":"${cut} "`) || !text.endsWith('\n\n')) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`the stream ended: ${text}`);
        text += value;
      }
      last = [...text.matchAll(/^id: (.+)$/gm)].at(-1)![1]!;
      seen += text;
      caller.abort();
      await eventually(() => expect(app.app.services.runningCalls.size).toBe(0));
    }
    const rest = await fetch(`${app.url}/v1/messages/events`, {
      headers: { 'x-api-key': app.apiKey, ...key, 'last-event-id': last },
    });
    seen += await rest.text();
    const said = [...seen.matchAll(/"text_delta","text":"(.*?)"/g)].map(([, text]) => text).join('');
    expect(said).toBe(expectedWords(20));
    expect(seen).toContain('event: message_stop');
    expect(claudeCalls(app)).toBe(1);
  });

  test("is nobody else's", async () => {
    await using app = await startApp({ environment: { TRESTLE_API_KEYS: 'one,two' } });
    const headers = { 'idempotency-key': 'k' };
    await (await post({ ...app, apiKey: 'one' }, { ...HELLO, stream: true }, { headers })).text();
    const read = (apiKey: string) =>
      fetch(`${app.url}/v1/messages/events`, { headers: { 'x-api-key': apiKey, ...headers } });
    expect([(await read('two')).status, (await read('one')).status]).toEqual([412, 200]);
  });
});

test('a whole message that fails after its headers went out says so, and nobody takes it for a message', async () => {
  await using app = await startApp({ environment: { TRESTLE_WHOLE_ANSWER_HOLD_MS: '1', TRESTLE_MAX_RETRIES: '0' } });
  const { opened, open } = gate();
  const body = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  app.fake.replyWith(async () => {
    await opened;
    return { status: 529, body };
  });
  const response = await post(app, HELLO);
  expect(response.status).toBe(200);
  open();
  expect(JSON.parse(await readBroken(response))).toEqual(body);
});

test('a whole message under its name is asked for once', async () => {
  await using app = await startApp();
  const headers = { 'idempotency-key': 'k' };
  const [one, other] = await Promise.all([1, 2].map(() => post(app, HELLO, { headers })));
  expect(await one!.text()).toBe(await other!.text());
  expect(claudeCalls(app)).toBe(1);
});

test('somebody is there', async () => {
  await using app = await startApp();
  expect((await fetch(`${app.url}/api/hello`, { method: 'HEAD' })).status).toBe(200);
});
