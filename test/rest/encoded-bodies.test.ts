import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO } from '../support/rest-request.ts';

const LIMIT = 200_000;

let app: AppResource;
beforeAll(async () => {
  app = await startApp({ environment: { TRESTLE_BODY_LIMIT: String(LIMIT) } });
});
afterAll(() => app[Symbol.asyncDispose]());

async function post(body: Uint8Array<ArrayBuffer> | string, encoding: string): Promise<Response> {
  return await fetch(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-encoding': encoding,
      authorization: `Bearer ${app.apiKey}`,
    },
    body,
  });
}

/** JSON_BODY as `zstd -19` compressed it. */
const ZSTD_BODY = Buffer.from(
  'KLUv/QRojQIAEsURFsAdA7/7/X1jDaLGLhCktX+h1xKq4wLW2F+8gaJZH3dy6ZR0Dz0cqjhPrtiDr4U8qnViVO3hQwwhlXMvCpXmYejkTKXXXgMBAM3etC9R713K6g==',
  'base64',
);

/** A zstd frame of blocks that each stand for 128 KiB of one byte. */
function zstdBomb(blocks: number): Buffer<ArrayBuffer> {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]);
  const block = Buffer.alloc(4, 0x20);
  const pieces = Array.from({ length: blocks }, (_, index) => {
    block.writeUIntLE((128 * 1024 * 8) | 2 | (index === blocks - 1 ? 1 : 0), 0, 3);
    return Buffer.from(block);
  });
  return Buffer.concat([header, ...pieces]);
}

const JSON_BODY = Buffer.from(
  JSON.stringify({ ...HELLO, messages: [{ role: 'user', content: 'naïve ☃'.repeat(500) }] }),
);
const SPACES = Buffer.alloc(100 * LIMIT, ' ');

describe.each([
  ['gzip', gzipSync(JSON_BODY), gzipSync(SPACES)],
  ['x-gzip', gzipSync(JSON_BODY), gzipSync(SPACES)],
  ['GZIP', gzipSync(JSON_BODY), gzipSync(SPACES)],
  ['deflate', deflateSync(JSON_BODY), deflateSync(SPACES)],
  ['br', brotliCompressSync(JSON_BODY), brotliCompressSync(SPACES)],
  ['zstd', ZSTD_BODY, zstdBomb(200)],
])('a body as %s', (encoding, body, bomb) => {
  test('is read as what it was', async () => {
    const response = await post(Uint8Array.from(body), encoding);
    expect(response.status).toBe(200);
    expect(JSON.stringify(app.fake.requests.at(-1)!.body)).toContain('naïve ☃naïve ☃');
    await response.text();
  });

  test('is a 413 when it is small and stands for more than the limit', async () => {
    expect(bomb.length).toBeLessThan(LIMIT);
    const response = await post(Uint8Array.from(bomb), encoding);
    expect(response.status).toBe(413);
    expect(await errorOf(response)).toMatchObject({
      code: 'request_too_large',
      message: expect.stringContaining('200000') as string,
    });
  });

  test('is a 400 when it is something else, or cut', async () => {
    for (const wrong of [
      new TextEncoder().encode('{"model":"x"}'),
      Uint8Array.from(body.subarray(0, body.length - 9)),
    ]) {
      const response = await post(wrong, encoding);
      expect(response.status).toBe(400);
      expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error' });
    }
  });
});

test.each(['compress', 'gzip, br', 'toString'])(
  'the encoding %s is a 415 that names those that are known',
  async (encoding) => {
    const response = await post('{}', encoding);
    expect(response.status).toBe(415);
    expect((await errorOf(response)).message).toContain('gzip, x-gzip, deflate, br, zstd');
  },
);

test('identity is no encoding', async () => {
  expect((await post(Uint8Array.from(JSON_BODY), 'identity')).status).toBe(200);
});

test('a byte-order mark before the JSON is no part of it', async () => {
  const response = await fetch(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${app.apiKey}` },
    body: `\ufeff${JSON.stringify(HELLO)}`,
  });
  expect(response.status).toBe(200);
});

test.each([
  ['{\n  "model": "x",\n  "messages": [,]\n}', 'line 3, column 16'],
  ["{'model': 1}", 'line 1, column 2'],
  ['{"model": "x"', 'ends too early'],
  ['', 'it is empty'],
])('%j is no JSON, and the error says where', async (body, place) => {
  const response = await fetch(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${app.apiKey}` },
    body,
  });
  expect(response.status).toBe(400);
  expect((await errorOf(response)).message).toContain(place);
});

describe('a body whose sender is slow to see the answer', () => {
  const head = (more: string): string =>
    `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n${more}\r\n`;

  test.each([
    ['a stated length', () => `authorization: Bearer ${app.apiKey}\r\ncontent-length: 3000000\r\n`, 413],
    ['no key', () => 'content-length: 3000000\r\n', 401],
  ])('%s: it is read on, and the whole answer arrives', async (_name, more, status) => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    const answer = text(socket);
    socket.write(head(more()));
    // As a client that writes all of its body before it reads: a reset in between would be an error.
    for (let piece = 0; piece < 30; piece += 1) {
      await new Promise<void>((resolve, reject) =>
        socket.write(' '.repeat(100_000), (error) => (error ? reject(error) : resolve())),
      );
    }
    expect(await answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*\\r\\n\\r\\n\\{"error":\\{.*\\}\\}$`));
  });

  test('a body that never ends gets the answer at once, and is not read for ever', async () => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write(head('content-length: 3000000\r\n'));
    const [first] = await new Promise<[Buffer]>((resolve) => socket.once('data', (bytes: Buffer) => resolve([bytes])));
    expect(first.toString()).toMatch(/^HTTP\/1\.1 401 /);
    const started = performance.now();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
