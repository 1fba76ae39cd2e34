import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import { foldChunks } from '../../shared/fold-chunks.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO, parseSse, postChat } from '../support/rest-request.ts';

/** Keys in no order that sorting or a schema's own would give. */
const ARGUMENTS = '{"zeta":{"y":[{"b":1,"a":2}],"x":null},"alpha":"ü \\" \\\\","m":1.5,"type":"q","items":{}}';
const SCHEMA =
  '{"title":"T","required":["zeta","alpha"],"properties":{"zeta":{"type":"string","description":"d"},"alpha":{"enum":["b","a"]}},"type":"object","x-ui":{"q":1,"b":2}}';

let app: AppResource;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app[Symbol.asyncDispose]());
beforeEach(() => {
  app.fake.requests.length = 0;
});

/** A request with a tool; its schema goes out in the very bytes above. */
function body(fields: object = {}): string {
  const tools = [{ type: 'function', function: { name: 'look', parameters: 'SCHEMA' } }];
  return JSON.stringify({ ...HELLO, tools, ...fields }).replace('"SCHEMA"', SCHEMA);
}

/** The one call of an answer, streamed or not. */
async function callOf(stream: boolean): Promise<unknown> {
  const response = await postChat(app, body({ stream }));
  // Sound: the contract's own tests hold chunks to their schema.
  const completion = stream
    ? foldChunks(parseSse(await response.text()).chunks as unknown as ChatCompletionChunk[])
    : ((await response.json()) as ChatCompletion);
  const [call] = completion.choices[0]!.message.tool_calls ?? [];
  return call;
}

describe('to Claude', () => {
  test("a tool's schema goes byte for byte (pitfall 36)", async () => {
    await postChat(app, body());
    expect(app.fake.requests[0]!.rawBody).toContain(`"input_schema":${SCHEMA}`);
  });

  test("an answer's schema goes byte for byte where Claude's grammar takes it", async () => {
    const schema =
      '{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"integer"}},"required":["zeta","alpha"],"additionalProperties":false}';
    const format = { type: 'json_schema', json_schema: { name: 'x', schema: 'SCHEMA' } };
    const request = JSON.stringify({ ...HELLO, response_format: format }).replace('"SCHEMA"', schema);
    expect((await postChat(app, request)).status).toBe(200);
    expect(app.fake.requests[0]!.rawBody).toContain(`"format":{"type":"json_schema","schema":${schema}}`);
  });

  test('the arguments of a call in the history keep the order of their keys', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: ARGUMENTS } };
    const messages = [
      ...HELLO.messages,
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
    ];
    expect((await postChat(app, body({ messages }))).status).toBe(200);
    expect(app.fake.requests[0]!.rawBody).toContain(`"input":${ARGUMENTS}`);
  });
});

describe('from Claude', () => {
  const called = { id: 'toolu_1', type: 'function', function: { name: 'look', arguments: ARGUMENTS } };

  test.each([false, true])('the arguments of a call keep the order of their keys (stream: %s)', async (stream) => {
    const block = { type: 'tool_use', id: 'toolu_1', name: 'look', input: JSON.parse(ARGUMENTS) as unknown };
    app.fake.reply({ message: { content: [block] }, pieceSize: 3 });
    expect(await callOf(stream)).toEqual(called);
  });

  test('streamed arguments are the bytes that Claude wrote, blanks and numbers as they are', async () => {
    const written = '{ "zeta" : 1.0,\n"10": 12345678901234567890, "9": 1e2,"zeta": 2 }';
    const delta = (text: string) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json: text },
    });
    app.fake.reply({
      events: [
        { type: 'message_start', message: { id: 'msg_1', model: HELLO.model, usage: { input_tokens: 1 } } },
        {
          type: 'content_block_start',
          index: 0,
          content_block: { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} },
        },
        ...Array.from(written, delta),
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 9 } },
        { type: 'message_stop' },
      ],
    });
    expect(await callOf(true)).toEqual({ ...called, function: { name: 'look', arguments: written } });
  });
});
