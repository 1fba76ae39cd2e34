import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO, model, post, sseOf, WHOLE } from './messages-client.ts';

// What goes through the door is neither read into values nor written anew, on either way.

let app: AppResource;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const EVENTS = WHOLE.split(/(?<=\n\n)/);

test('a streamed message has Claude’s bytes, in whatever pieces they come', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });
  const delta = text.map((said) =>
    sseOf([{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: said } }]),
  );
  // What this server has never heard of, and white space as Claude might write it.
  const other = fc.constantFrom(': a comment\n\n', 'event: later_kind\ndata:  {"type" : "later_kind"}\n\n', EVENTS[1]!);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(delta, other), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 30 }),
      async (middle, lengths) => {
        const sse = [...EVENTS.slice(0, 4), ...middle, ...EVENTS.slice(4)].join('');
        const bytes = Buffer.from(sse);
        const pieces: Buffer[] = [];
        let start = 0;
        for (const length of lengths) pieces.push(bytes.subarray(start, (start += length)));
        app.fake.reply({ sse: [...pieces, bytes.subarray(start)].filter(({ length }) => length > 0) });
        const response = await post(app, { ...HELLO, stream: true });
        expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test('a body has its caller’s bytes, whatever JSON it is', async () => {
  const space = fc.constantFrom('', ' ', '\n', '\t  ');
  const field = fc.tuple(fc.constantFrom('x', 'metadata', 'model', 'é'), fc.json({ maxDepth: 3 }));
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 6 }), space, async (fields, gap) => {
      const parts = fields.map(([name, value]) => `${JSON.stringify(name)}${gap}:${gap}${value}`);
      // The last of several fields of one name counts.
      const json = `${gap}{${gap}${[...parts, `"model":${gap}"${model}"`].join(`${gap},`)}${gap}}${gap}`;
      await (await post(app, json)).text();
      expect(app.fake.requests.at(-1)!.rawBody).toBe(json);
    }),
    { numRuns: 60 },
  );
});

describe('a body that came compressed', () => {
  const json = JSON.stringify({ ...HELLO, messages: [{ role: 'user', content: 'naïve ☃'.repeat(99) }] }, null, 1);
  test.each([
    ['gzip', gzipSync(json)],
    ['deflate', deflateSync(json)],
    ['br', brotliCompressSync(json)],
  ])('as %s is passed on as it was before', async (encoding, body) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding, 'x-api-key': app.apiKey };
    const response = await fetch(`${app.url}/v1/messages`, { method: 'POST', headers, body: Uint8Array.from(body) });
    await response.text();
    const { rawBody, headers: sent } = app.fake.requests.at(-1)!;
    expect([response.status, rawBody, sent['content-encoding']]).toEqual([200, json, undefined]);
  });
});

test('a whole message may be as long as Claude allows', async () => {
  const response = await post(app, { ...HELLO, max_tokens: 64_000, stream: false });
  expect(response.status).toBe(200);
  expect(app.fake.requests.at(-1)!.body).toMatchObject({ max_tokens: 64_000 });
});

test('a whole message has Claude’s bytes', async () => {
  const body =
    ' {"id":"msg_1",\n"usage":{"input_tokens": 1.0,"output_tokens":2},"n":12345678901234567890,"e":"\\u00e9"} ';
  // The fake writes a text as it is.
  app.fake.reply({ status: 200, body });
  expect(await (await post(app, HELLO)).text()).toBe(body);
});
