import { describe, expect, test } from 'vitest';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import { foldChunks } from '../../shared/fold-chunks.ts';
import { startApp } from '../support/app-resource.ts';
import { errorOf, parseSse, postChat, readToCut } from '../support/rest-request.ts';
import type { ClaudeBody } from '../support/rules-body.ts';

// The newest models refuse a forced choice of tools: a grammar makes sure of the call, and its text comes back as one.

const model = 'claude-sonnet-5-5';
const QUESTION = { role: 'user', content: 'Weather in Oslo?' };
const city = { type: 'string' };
const tool = (name: string, parameters: object): object => ({ type: 'function', function: { name, parameters } });
const look = tool('look', { type: 'object', properties: { city }, required: ['city'] });
const note = tool('note', {
  type: 'object',
  properties: { $id: { type: 'integer' }, at: { $ref: '#/$defs/place' } },
  required: ['$id', 'at'],
  $defs: { place: { type: 'object', properties: { city }, required: ['city'] } },
});
const open = tool('open', { type: 'object', additionalProperties: city });
const named = (name: string): object => ({ type: 'function', function: { name } });
const STREAMS = [false, true];

async function completionOf(response: Response, stream: boolean): Promise<ChatCompletion> {
  expect(response.status).toBe(200);
  // Sound: the contract's own tests hold chunks to their schema.
  return stream
    ? foldChunks(parseSse(await response.text()).chunks as unknown as ChatCompletionChunk[])
    : ((await response.json()) as ChatCompletion);
}

function callsOf({ choices }: ChatCompletion): [string, string][] {
  return (choices[0]!.message.tool_calls ?? []).map((call) =>
    call.type === 'function' ? [call.function.name, call.function.arguments] : [call.custom.name, call.custom.input],
  );
}

const says = (text: string, more: object = {}): { message: object; pieceSize: number } => ({
  message: {
    content: [
      { type: 'thinking', thinking: 'hm', signature: '' },
      { type: 'text', text },
    ],
    ...more,
  },
  pieceSize: 3,
});

describe.each(STREAMS)('a named function (stream: %s)', (stream) => {
  test('is called with what the grammar of its parameters holds', async () => {
    await using app = await startApp();
    app.fake.reply(says('{"city": "Oslo", "n": 12345678901234567890}'));
    const request = { model, messages: [QUESTION], tools: [look, note], tool_choice: named('look'), stream };
    const completion = await completionOf(await postChat(app, request), stream);
    expect(callsOf(completion)).toEqual([['look', '{"city": "Oslo", "n": 12345678901234567890}']]);
    expect(completion.choices[0]).toMatchObject({ message: { content: null }, finish_reason: 'tool_calls' });
    expect(completion.notices?.at(-1)).toMatchObject({ param: 'tool_choice', action: 'emulated' });
    const body = app.fake.requests.at(-1)!.body as ClaudeBody;
    expect(body.output_config?.format?.schema).toMatchObject({ properties: { city }, additionalProperties: false });
    expect([body.tool_choice, body.system, body.tools?.length]).toEqual([{ type: 'none' }, undefined, 2]);
    expect(body.messages.at(-1)).toMatchObject({ role: 'system' });
  });

  test('that is cut short gives its arguments as far as they go', async () => {
    await using app = await startApp();
    app.fake.reply(says('{"city": "Os', { stop_reason: 'max_tokens' }));
    const request = { model, messages: [QUESTION], tools: [look], tool_choice: named('look'), stream };
    const completion = await completionOf(await postChat(app, request), stream);
    expect([callsOf(completion), completion.choices[0]!.finish_reason]).toEqual([[['look', '{"city": "Os']], 'length']);
  });

  test('of the older functions comes back as function_call', async () => {
    await using app = await startApp();
    app.fake.reply(says('{"city":"Oslo"}'));
    const functions = [{ name: 'look', parameters: { type: 'object', properties: { city }, required: ['city'] } }];
    const request = { model, messages: [QUESTION], functions, function_call: { name: 'look' }, stream };
    const { choices } = await completionOf(await postChat(app, request), stream);
    expect(choices[0]!.message.function_call).toEqual({ name: 'look', arguments: '{"city":"Oslo"}' });
  });

  test('with a custom tool of text, and one whose argument Claude refuses', async () => {
    await using app = await startApp();
    app.fake.reply(says('{"input":"a circle"}'));
    const custom = { type: 'custom', custom: { name: 'draw' } };
    const draw = { model, messages: [QUESTION], tools: [custom], tool_choice: custom, stream };
    expect(callsOf(await completionOf(await postChat(app, draw), stream))).toEqual([['draw', 'a circle']]);
    app.fake.reply(says('{"_id":1,"at":{"city":"Oslo"}}'));
    const renamed = { model, messages: [QUESTION], tools: [note], tool_choice: named('note'), stream };
    expect(callsOf(await completionOf(await postChat(app, renamed), stream))).toEqual([
      ['note', '{"$id":1,"at":{"city":"Oslo"}}'],
    ]);
  });
});

describe.each(STREAMS)('a required call (stream: %s)', (stream) => {
  test('is one or more of a choice', async () => {
    await using app = await startApp();
    const calls = [
      { name: 'look', input: { city: 'Oslo' } },
      { name: 'note', input: { _id: 1, at: { city: 'Bergen' } } },
    ];
    app.fake.reply(says(JSON.stringify({ calls })));
    const request = { model, messages: [QUESTION], tools: [look, note], tool_choice: 'required', stream };
    const completion = await completionOf(await postChat(app, request), stream);
    expect(callsOf(completion)).toEqual([
      ['look', '{"city":"Oslo"}'],
      ['note', '{"$id":1,"at":{"city":"Bergen"}}'],
    ]);
    expect(completion.choices[0]).toMatchObject({ message: { content: null }, finish_reason: 'tool_calls' });
    expect(app.fake.refusals).toEqual([]);
  });

  test('is one where calls are not to be parallel', async () => {
    await using app = await startApp();
    app.fake.reply(says('{"call":{"name":"look","input":{"city":"Oslo"}}}'));
    const fields = { tools: [look, note], tool_choice: 'required', parallel_tool_calls: false };
    const completion = await completionOf(
      await postChat(app, { model, messages: [QUESTION], ...fields, stream }),
      stream,
    );
    expect(callsOf(completion)).toEqual([['look', '{"city":"Oslo"}']]);
  });

  test('that Claude does not make is told, and refused in strict mode', async () => {
    await using app = await startApp();
    const request = { model, messages: [QUESTION], tools: [open], tool_choice: 'required', stream };
    app.fake.reply({ message: { content: [{ type: 'text', text: 'It rains.' }] } });
    const completion = await completionOf(await postChat(app, request), stream);
    expect(completion.choices[0]!.message.content).toBe('It rains.');
    expect(completion.notices?.at(-1)).toMatchObject({ param: 'tool_choice', action: 'ignored' });

    app.fake.reply({ message: { content: [{ type: 'text', text: 'It rains.' }] } });
    const strict = await postChat(app, request, { headers: { 'x-trestle-strict': 'true' } });
    if (stream) expect((await readToCut(strict)).text).toContain('did not call a tool');
    else expect([strict.status, await errorOf(strict)]).toMatchObject([400, { param: 'tool_choice' }]);
  });

  test('then a free one keeps the thinking, also of a client that returns it itself', async () => {
    for (const keeps of [false, true]) {
      await using app = await startApp();
      app.fake.reply(says('{"calls":[{"name":"look","input":{"city":"Oslo"}}]}'));
      const request = { model, messages: [QUESTION], tools: [look], reasoning_effort: 'high' };
      const first = await completionOf(await postChat(app, { ...request, tool_choice: 'required', stream }), stream);
      const { message } = first.choices[0]!;
      const { content, tool_calls } = message;
      const returned = keeps ? message : { role: 'assistant', content, tool_calls };
      const result = { role: 'tool', tool_call_id: tool_calls![0]!.id, content: '7 degrees' };
      await using other = await startApp({ fake: app.fake });
      const next = await postChat(keeps ? other : app, { ...request, messages: [QUESTION, returned, result] });
      expect([next.status, app.fake.refusals, next.headers.get('x-trestle-notices')]).toEqual([200, [], null]);
      const { messages } = app.fake.requests.at(-1)!.body as ClaudeBody;
      expect(messages.map(({ role }) => role)).toEqual(['user', 'system', 'assistant', 'user']);
      expect(messages[2]!.content).toMatchObject([{ type: 'thinking' }, { type: 'tool_use', name: 'look' }]);
    }
  });
});

describe.each(STREAMS)('thinking before calls (stream: %s)', (stream) => {
  const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: { city: 'Oslo' }, caller: { type: 'direct' } };
  const spoken = [{ type: 'thinking', thinking: 'hm', signature: '' }, { type: 'text', text: 'I look.' }, call];
  const request = { model, messages: [QUESTION], tools: [look], reasoning_effort: 'high' };
  const result = { role: 'tool', tool_call_id: 'toolu_1', content: '7 degrees' };

  async function returned(content: unknown, { answer = spoken, elsewhere = false } = {}) {
    await using app = await startApp();
    await using other = await startApp({ fake: app.fake });
    app.fake.reply({ message: { content: answer } });
    const { choices } = await completionOf(await postChat(app, { ...request, stream }), stream);
    const message = { role: 'assistant', content, tool_calls: choices[0]!.message.tool_calls };
    const next = await postChat(elsewhere ? other : app, { ...request, messages: [QUESTION, message, result] });
    expect([next.status, app.fake.refusals]).toEqual([200, []]);
    const { messages } = app.fake.requests.at(-1)!.body as ClaudeBody;
    const types = [messages[1]!.content].flat().map((block) => (typeof block === 'string' ? 'text' : block.type));
    return { types, notices: next.headers.get('x-trestle-notices') };
  }

  test('goes back whole where the client left out the text beside them', async () => {
    for (const content of [null, '', 'I look.'])
      expect(await returned(content)).toEqual({ types: ['thinking', 'text', 'tool_use'], notices: null });
  });

  test('stays out with a notice where the text is another', async () => {
    const lost = { types: ['text', 'tool_use'], notices: 'messages[1].tool_calls=emulated' };
    expect(await returned('I say something else.')).toEqual(lost);
  });

  test('stays out with a notice where another process had it', async () => {
    const lost = { types: ['text', 'tool_use'], notices: 'messages[1].tool_calls=emulated' };
    expect(await returned('I look.', { elsewhere: true })).toEqual(lost);
  });

  test('that was none makes no notice', async () => {
    expect(await returned(null, { answer: [call] })).toEqual({ types: ['tool_use'], notices: null });
  });
});

describe.each(STREAMS)('text beside calls of an answer that is to be JSON (stream: %s)', (stream) => {
  const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: { city: 'Oslo' } };
  const schema = { type: 'object', properties: { city }, required: ['city'], additionalProperties: false };
  const map = { type: 'object', additionalProperties: city };
  const format = (one: object): object => ({ type: 'json_schema', json_schema: { name: 'a', schema: one } });
  const text = (said: string): object => ({ type: 'text', text: said });

  test.each<[string, object, object[], string | null, boolean]>([
    ['prose before a call', format(schema), [text('I look.'), call], null, true],
    ['JSON before a call', format(schema), [text('{"city":"Oslo"}'), call], '{"city":"Oslo"}', false],
    ['prose behind a call', { type: 'json_object' }, [call, text('I look.')], null, true],
    [
      'fenced JSON, then prose',
      { type: 'json_object' },
      [text('```json\n{"a":1}\n```'), call, text('So.')],
      '{"a":1}',
      true,
    ],
    ['prose where the answer comes through a tool', format(map), [text('I look.'), call], null, true],
    ['prose without a call', { type: 'json_object' }, [text('I look.')], 'I look.', false],
    ['white space', format(schema), [text('\n\n'), call], null, false],
  ])('%s', async (_name, response_format, content, expected, isNoted) => {
    await using app = await startApp();
    app.fake.reply({ message: { content }, pieceSize: 2 });
    const request = { model, messages: [QUESTION], tools: [look], response_format, stream };
    const completion = await completionOf(await postChat(app, request), stream);
    expect(completion.choices[0]!.message.content).toBe(expected);
    const noted = (completion.notices ?? []).some(({ message }) => message.startsWith('the text beside the calls'));
    expect(noted).toBe(isNoted);
  });
});
