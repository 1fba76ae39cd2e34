import { expect, test } from 'vitest';
import { type Call, createCallRecord } from '../../../server/calls/call.ts';
import { completeChat } from '../../../server/chat/complete.ts';
import type { ChatCompletionChunk } from '../../../shared/chat-chunk.ts';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import { ACCESS } from '../../support/access.ts';
import { startApp } from '../../support/app-resource.ts';
import { HELLO, postChat } from '../../support/rest-request.ts';

const request: ChatCompletionRequest = {
  model: HELLO.model,
  messages: [{ role: 'user', content: 'Hello' }],
  response_format: {
    type: 'json_schema',
    json_schema: {
      name: 'city',
      schema: {
        type: 'object',
        properties: { city: { type: 'string', minLength: 5 } },
        required: ['city'],
        additionalProperties: false,
      },
    },
  },
};

/** What breaks a schema that Claude was told of, but could not be held to. */
const BROKEN = { message: { content: [{ type: 'text', text: '{"city":"Oslo"}' }] } };

function newCall(): Call {
  return {
    signal: new AbortController().signal,
    strict: false,
    owner: 'k',
    access: ACCESS,
    record: createCallRecord(),
  };
}

/** The notices of an answer and those of its record, by field. */
type Told = { answer: (string | undefined)[]; record: string[] };

const WAYS: Record<string, (asked: ChatCompletionRequest) => Promise<Told>> = {
  async whole(asked) {
    await using app = await startApp();
    app.fake.replyWith(() => BROKEN);
    const call = newCall();
    const { notices = [] } = await completeChat(app.app.services, call, asked);
    return { answer: notices.map(({ message }) => message), record: call.record.notices.map(({ message }) => message) };
  },
  async streamed(asked) {
    await using app = await startApp();
    app.fake.replyWith(() => BROKEN);
    const call = newCall();
    const { chat, requests } = app.app.services;
    const { answer } = await requests.stream(chat, call, { request: { ...asked, stream: true } });
    const chunks: ChatCompletionChunk[] = [];
    for await (const { chunk } of answer.read(0, call.signal)) chunks.push(chunk);
    const notices = chunks.flatMap((chunk) => chunk.notices ?? []);
    return { answer: notices.map(({ message }) => message), record: call.record.notices.map(({ message }) => message) };
  },
};

const broken = expect.stringContaining('the answer breaks the schema: ') as string;
const described = expect.stringContaining('Claude was told of ') as string;

test.each(Object.entries(WAYS))(
  'an answer that breaks its schema is noted in it and in its record, %s',
  async (_, ask) => {
    expect(await ask(request)).toEqual({ answer: [described, broken], record: [described, broken] });
  },
);

test.each(Object.entries(WAYS))('several answers that break it in the same way are noted once, %s', async (_, ask) => {
  const told = [described, expect.stringContaining('3 calls'), broken];
  expect(await ask({ ...request, n: 3 })).toEqual({ answer: told, record: told });
});

test('the header names it once', async () => {
  await using app = await startApp();
  app.fake.replyWith(() => BROKEN);
  const response = await postChat(app, { ...request, n: 3 });
  expect(response.headers.get('x-trestle-notices')).toBe(
    'response_format=emulated, n=emulated, response_format=ignored',
  );
});
