import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import type { Answer } from '../support/fake-answer.ts';
import { MODEL, postChat } from '../upstream/post-chat.ts';

const MEGABYTE = 1024 * 1024;
const MESSAGE = {
  role: 'assistant',
  model: MODEL,
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
};

/** The text of the last message that Claude was sent. */
function saidTo(body: unknown): string {
  return (body as { messages: { content: string }[] }).messages.at(-1)!.content;
}

it.each([
  ['ASCII', 'She said "yes",\n and then nothing. ', 3],
  ['ASCII, longer than what is kept in one place', 'abc ', 6],
  ['Latin, two bytes a letter', 'Grüße aus Köln ', 3],
  ['characters of three bytes', '漢字かな', 2],
  // One byte in front: pieces end inside of these.
  ['characters of four bytes, cut by every piece', `a${'😀'.repeat(1021)}`, 2],
])('a long text of %s comes to Claude to the letter', async (_name, part, megabytes) => {
  await using app = await startApp();
  const text = part.repeat(Math.ceil((megabytes * MEGABYTE) / Buffer.byteLength(part)));
  for (const stream of [false, true]) {
    const response = await postChat(app, { messages: [{ role: 'user', content: text }], stream });
    expect(response.status).toBe(200);
    await response.text();
    expect(saidTo(app.fake.requests.at(-1)!.body) === text).toBe(true);
  }
});

it.each<[string, boolean, Answer]>([
  ['is busy', false, { status: 529, headers: { 'retry-after': '0' } }],
  ['breaks off before any content', true, { events: [{ type: 'message_start', message: {} }], cut: 'reset' }],
])('a long body is sent whole again when Claude %s', async (_name, stream, answer) => {
  await using app = await startApp();
  const text = 'again and again '.repeat(MEGABYTE / 8);
  app.fake.reply(answer);
  const response = await postChat(app, { messages: [{ role: 'user', content: text }], stream });
  expect(response.status).toBe(200);
  await response.text();
  const asked = app.fake.requests.filter(({ path }) => path === '/v1/messages');
  expect(asked.map(({ body }) => saidTo(body) === text)).toEqual([true, true]);
});

it('long bodies under way at the same time stay apart, though Claude reads none of them for a while', async () => {
  const waiting: [IncomingMessage, ServerResponse][] = [];
  const said: string[] = [];
  const slow = createServer((request, response) => {
    if (request.method !== 'POST') return void response.writeHead(404).end();
    waiting.push([request, response]);
    // None is read before all of them fill what the kernel holds for them.
    if (waiting.length === 3) for (const [one, answer] of waiting) void readAndAnswer(one, answer);
  });
  const readAndAnswer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
    said.push(saidTo(JSON.parse(text)));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(MESSAGE));
  };
  slow.listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
  await using app = await startApp({ environment: { ANTHROPIC_BASE_URL: url } });
  const texts = ['x', 'y', 'z'].map((letter) => letter.repeat(12 * MEGABYTE));
  const answers = await Promise.all(texts.map((content) => postChat(app, { messages: [{ role: 'user', content }] })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(said.toSorted().map((text, index) => text === texts[index])).toEqual([true, true, true]);
  slow.close();
});

it('a long body of odd characters has the same checksum at a Claude that reads it little by little', async () => {
  const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
  // No two pieces are alike, so that one in the place of another is noticed.
  const text = Array.from({ length: 400_000 }, (_, index) => `${index}ü漢😀`).join('');
  const digests: string[] = [];
  const slow = createServer((request, response) => {
    if (request.method !== 'POST') return void response.writeHead(404).end();
    void (async () => {
      const pieces: Buffer[] = [];
      for await (const piece of request) {
        pieces.push(piece as Buffer);
        for (let turns = 0; turns < 5; turns += 1) await turn();
      }
      digests.push(digestOf(saidTo(JSON.parse(Buffer.concat(pieces).toString()))));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(MESSAGE));
    })();
  });
  slow.listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
  await using app = await startApp({ environment: { ANTHROPIC_BASE_URL: url } });
  const contents = [text, `other ${text}`];
  const answers = await Promise.all(
    contents.map((content) => postChat(app, { messages: [{ role: 'user', content }] })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(digests.toSorted()).toEqual(contents.map(digestOf).toSorted());
  slow.close();
});
