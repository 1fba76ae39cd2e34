import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO } from '../support/rest-request.ts';

let app: AppResource;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const OFFER =
  'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n';

/** A connection, and all that came over it once it holds so many answers. */
class Connection implements Disposable {
  readonly #socket: Socket;
  #text = '';

  constructor() {
    this.#socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    this.#socket.on('data', (bytes: Buffer) => (this.#text += bytes.toString()));
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  /** Resolves with what came when it matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) {
      await new Promise<void>((resolve, reject) => {
        this.#socket.once('data', () => resolve());
        this.#socket.once('close', () => reject(new Error(`closed after: ${this.#text}`)));
      });
    }
    return this.#text;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

function request(method: string, path: string, body = '', more = ''): string {
  const length = body === '' ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${app.apiKey}\r\n${OFFER}${more}${length}\r\n${body}`;
}

// What the JDK's client, and with it LangChain4j and Spring AI, does on every plain-http request.
test.each([
  ['GET', '/healthz', '', 200],
  ['GET', '/v1/models', '', 200],
  ['GET', '/openapi.json', '', 200],
  ['GET', '/trpc/models.list', '', 200],
  ['GET', '/nowhere', '', 404],
  ['DELETE', '/v1/models', '', 405],
  ['POST', '/v1/chat/completions', JSON.stringify(HELLO), 200],
  ['POST', '/v1/chat/completions', '{', 400],
])('an offer of HTTP/2 on %s %s %s is passed over, not refused', async (method, path, body, status) => {
  using connection = new Connection();
  connection.write(request(method, path, body));
  const answer = await connection.until(/\r\n\r\n/);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toMatch(/\r\nx-request-id: req_/);
});

test('a body that comes late, and further requests on the connection, are read as well', async () => {
  using connection = new Connection();
  const body = JSON.stringify(HELLO);
  const whole = request('POST', '/v1/chat/completions', body);
  connection.write(whole.slice(0, -5));
  connection.write(whole.slice(-5));
  await connection.until(/"finish_reason"/);
  for (let times = 0; times < 15; times += 1) connection.write(request('GET', '/healthz'));
  const text = await connection.until(/(\{"status":"ok"\}[^]*){15}/);
  expect(text.match(/HTTP\/1\.1 200 /g)).toHaveLength(16);
});

test('pipelined requests are answered in their order', async () => {
  using connection = new Connection();
  connection.write(request('GET', '/v1/models') + request('GET', '/healthz') + request('GET', '/nowhere'));
  const text = await connection.until(/There is nothing at/);
  expect(text.match(/HTTP\/1\.1 (\d+)/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404']);
  expect(text.indexOf('"object":"list"')).toBeLessThan(text.indexOf('{"status":"ok"}'));
});

test('a body that waits for "100 Continue" gets it', async () => {
  using connection = new Connection();
  const body = JSON.stringify(HELLO);
  const whole = request('POST', '/v1/chat/completions', body, 'expect: 100-continue\r\n');
  connection.write(whole.slice(0, -body.length));
  await connection.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  connection.write(body);
  expect(await connection.until(/"finish_reason"/)).toContain('HTTP/1.1 200 OK');
});

test('a stream is sent whole', async () => {
  using connection = new Connection();
  connection.write(request('POST', '/v1/chat/completions', JSON.stringify({ ...HELLO, stream: true })));
  expect(await connection.until(/data: \[DONE\]/)).toContain('content-type: text/event-stream');
});
