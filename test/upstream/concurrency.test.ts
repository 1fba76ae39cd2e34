import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { eventually } from '../support/eventually.ts';
import type { ClaudeBody } from '../support/rules-body.ts';
import { connect } from '../trpc/socket-client.ts';
import { MODEL, postChat, readSse, textOf } from './post-chat.ts';

const STREAMS = 300;
const PER_SOCKET = 30;

/** A text that no two questions share: whatever is mixed up or lost shows. */
function answerTo(question: string): string {
  const digest = createHash('sha256').update(question).digest('hex');
  return `${digest} ${'— ünïcödé 👋 '.repeat(20)}${question}`;
}

function questionOf({ messages }: ClaudeBody): string {
  const { content } = messages.at(-1)!;
  return typeof content === 'string' ? content : JSON.stringify(content).replaceAll(/.*"text":"([^"]*)".*/g, '$1');
}

it(`gives ${STREAMS} streams at a time, over REST and WebSocket, each its own whole answer`, async () => {
  await using app = await startApp();
  // Nobody is answered before everybody has asked, so all streams are open together.
  let asked = 0;
  let open: (() => void) | undefined;
  const everybody = new Promise<void>((resolve) => (open = resolve));
  app.fake.replyWith(async (body) => {
    asked += 1;
    if (asked === STREAMS) open!();
    await everybody;
    return { message: { content: [{ type: 'text', text: answerTo(questionOf(body)) }] }, pieceSize: 7 };
  });

  const sockets = Array.from({ length: STREAMS / 2 / PER_SOCKET }, () => connect(app));
  const overSocket = async (question: string, index: number): Promise<string> => {
    const { client } = sockets[Math.floor(index / 2) % sockets.length]!;
    let text = '';
    let finishes = 0;
    let next = 0;
    const request = { model: MODEL, messages: [{ role: 'user' as const, content: question }] };
    for await (const { id, data } of client.chat.stream.subscribe(request)) {
      expect(id).toBe(`${data.id}:${next++}`);
      text += data.choices[0]?.delta.content ?? '';
      if (data.choices[0]?.finish_reason === 'stop') finishes += 1;
    }
    expect(finishes).toBe(1);
    return text;
  };
  const overRest = async (question: string): Promise<string> => {
    const data = await readSse(await postChat(app, { stream: true, messages: [{ role: 'user', content: question }] }));
    expect(data.at(-1)).toBe('[DONE]');
    return textOf(data);
  };

  const questions = Array.from({ length: STREAMS }, (_, index) => `question ${index}`);
  const answers = await Promise.all(
    questions.map((question, index) => (index % 2 === 0 ? overRest(question) : overSocket(question, index))),
  );
  expect(answers).toEqual(questions.map(answerTo));
  expect(app.fake.refusals).toEqual([]);
  await eventually(() => expect([app.app.services.runningCalls.size, app.fake.openStreams]).toEqual([0, 0]));
  await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()));
});
