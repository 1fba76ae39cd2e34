import { describe, expect, it } from 'vitest';
import type { ClaudeEvent } from '../../server/claude/messages-api.ts';
import { readEvents } from '../../server/upstream/read-events.ts';
import { startApp } from '../support/app-resource.ts';
import { toSse } from '../support/claude-events.ts';
import { postChat, readSse, textOf } from './post-chat.ts';

const EVENTS = [
  { type: 'message_start', message: { id: 'msg_1', model: 'claude-haiku-4-5', usage: { input_tokens: 3 } } },
  { type: 'ping' },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Grüße, 世界 👋🏽\r\n' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } },
  { type: 'message_stop' },
];

async function* bodyOf(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* pieces;
}

async function read(pieces: Iterable<Buffer | string>): Promise<ClaudeEvent[]> {
  const events: ClaudeEvent[] = [];
  const buffers = [...pieces].map((piece) => Buffer.from(piece));
  for await (const batch of readEvents(bodyOf(buffers))) events.push(...batch);
  return events;
}

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const LF = toSse(EVENTS);
const FORMS: Record<string, string> = {
  LF: LF,
  CRLF: LF.replaceAll('\n', '\r\n'),
  CR: LF.replaceAll('\n', '\r'),
  'a byte order mark': `\uFEFF${LF}`,
  'comments between and inside events': LF.replaceAll('data:', ': a comment\ndata:').replaceAll('\n\n', '\n\n:\n\n'),
  '`data:` without a space': LF.replaceAll('data: ', 'data:'),
  'no `event:` lines': LF.replaceAll(/event: .*\n/g, ''),
  'data over several lines': LF.replaceAll(',"', ',\ndata: "'),
  'fields nobody knows': LF.replaceAll('event:', 'retry: soon\nnonsense\nx: y\nid: 7\nevent:'),
};

describe.each(Object.entries(FORMS))('a stream with %s', (_form, text) => {
  const bytes = Buffer.from(text);

  it('gives the same events in one piece, in single bytes and in pieces of three', async () => {
    expect(await read([bytes])).toEqual(EVENTS);
    expect(await read(cut(bytes, 1))).toEqual(EVENTS);
    expect(await read(cut(bytes, 3))).toEqual(EVENTS);
  });

  it('gives the same events wherever it is cut in two', async () => {
    for (let at = 0; at <= bytes.length; at += 1) {
      const events = await read([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(events, `cut at byte ${at}`).toEqual(EVENTS);
    }
  });
});

it('leaves out an event that the end of the body cuts short', async () => {
  const bytes = Buffer.from(toSse(EVENTS.slice(0, 2)));
  for (let at = 1; at < bytes.length; at += 1) {
    const events = await read([bytes.subarray(0, at)]);
    expect(events, `ends at byte ${at}`).toEqual(EVENTS.slice(0, events.length));
    expect(events.length, `ends at byte ${at}`).toBeLessThan(2);
  }
});

it('gives what arrived together as one batch', async () => {
  const pieces = [toSse(EVENTS.slice(0, 3)), toSse(EVENTS.slice(3))].map((text) => Buffer.from(text));
  const batches: number[] = [];
  for await (const batch of readEvents(bodyOf(pieces))) batches.push(batch.length);
  expect(batches).toEqual([3, 4]);
});

it('gives the events before one that is not JSON, then fails with a SyntaxError', async () => {
  const pieces = [Buffer.from(`${toSse(EVENTS.slice(0, 2))}event: ping\ndata: {oops\n\n`)];
  const seen: ClaudeEvent[] = [];
  const reading = (async () => {
    for await (const batch of readEvents(bodyOf(pieces))) seen.push(...batch);
  })();
  await expect(reading).rejects.toThrow(SyntaxError);
  expect(seen).toEqual(EVENTS.slice(0, 2));
});

it('reads an event of 1 MB that comes in pieces of seven bytes', async () => {
  const text = 'é'.repeat(512 * 1024);
  const event = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } };
  const bytes = Buffer.from(toSse([event]));
  expect(bytes.length).toBeGreaterThan(1024 * 1024);
  expect(await read(cut(bytes, 7))).toEqual([event]);
});

it('reads an event of 1 MB whose data lies on 20,000 lines', async () => {
  const event = { type: 'future', lines: Array.from({ length: 20_000 }, (_, index) => `${index}`.padEnd(50, '.')) };
  const bytes = Buffer.from(`data: ${JSON.stringify(event).replaceAll(',', '\ndata: ,')}\n\n`);
  expect(bytes.length).toBeGreaterThan(1024 * 1024);
  expect(await read(cut(bytes, 1000))).toEqual([event]);
});

it('gives a caller the same chunks when Claude sends a byte at a time', async () => {
  await using app = await startApp();
  const bytes = Buffer.from(FORMS['CRLF']!);
  app.fake.reply({ sse: bytes });
  app.fake.reply({ sse: [...cut(bytes, 1)] });
  const answers = [
    await readSse(await postChat(app, { stream: true })),
    await readSse(await postChat(app, { stream: true })),
  ];
  const [whole, cutUp] = answers.map((answer) => JSON.stringify(answer).replaceAll(/"(id|created)":[^,]+/g, ''));
  expect(textOf(answers[0]!)).toBe('Grüße, 世界 👋🏽\r\n');
  expect(answers[0]!.at(-1)).toBe('[DONE]');
  expect(cutUp).toBe(whole);
});
