import { describe, expect, it, test } from 'vitest';
import type { ChatCompletionChunk } from '../../shared/chat-chunk.ts';
import type { ChatCompletion } from '../../shared/chat-completion.ts';
import { foldChunks } from '../../shared/fold-chunks.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, parseSse, postChat } from '../support/rest-request.ts';
import type { ClaudeBody } from '../support/rules-body.ts';

// Inputs that users of other gateways reported, each for its kind.

const HELLO = [{ role: 'user', content: 'x' }];
const model = 'claude-sonnet-5-5';
const object = (properties: object, required: string[] = []): object => ({ type: 'object', properties, required });
const tool = (parameters: object, strict = false): object => ({
  type: 'function',
  function: { name: 'f', parameters, strict },
});

interface Sent {
  tools: { strict?: boolean; input_schema: Record<string, unknown> }[];
  output_config?: { format?: { schema: Record<string, unknown> } };
  messages: { content: unknown }[];
}

/** What Claude got, and the notices of the answer. */
async function sent(app: AppResource, request: object): Promise<{ body: Sent; raw: string; notices: string }> {
  const response = await postChat(app, { model, messages: HELLO, ...request });
  expect([response.status, app.fake.refusals]).toEqual([200, []]);
  await response.text();
  const { body } = app.fake.requests.at(-1)!;
  // Sound: the fake has checked it.
  return { body: body as Sent, raw: JSON.stringify(body), notices: response.headers.get('x-trestle-notices') ?? '' };
}

async function completionOf(response: Response, stream: boolean): Promise<ChatCompletion> {
  expect(response.status).toBe(200);
  // Sound: the contract's own tests hold chunks to their schema.
  return stream
    ? foldChunks(parseSse(await response.text()).chunks as unknown as ChatCompletionChunk[])
    : ((await response.json()) as ChatCompletion);
}

describe('a strict tool whose root combines schemas', () => {
  test('that combine others has what all of their levels say', async () => {
    await using app = await startApp();
    const parameters = {
      type: 'object',
      $defs: {
        Id: object({ id: { type: 'string' } }, ['id']),
        Base: { allOf: [{ $ref: '#/$defs/Id' }, object({ name: { type: 'string' } }, ['name'])] },
      },
      allOf: [{ $ref: '#/$defs/Base' }, object({ x: { type: 'integer' } }, ['x'])],
    };
    const { body } = await sent(app, { tools: [tool(parameters, true)] });
    const [{ strict, input_schema: schema }] = body.tools as [Sent['tools'][number]];
    expect(strict).toBe(true);
    expect(Object.keys(schema['properties'] as object)).toEqual(['id', 'name', 'x']);
    expect(schema['required']).toEqual(['id', 'name', 'x']);
    const loose = await sent(app, { tools: [tool(parameters)] });
    expect(Object.keys(loose.body.tools[0]!.input_schema['properties'] as object).toSorted()).toEqual([
      'id',
      'name',
      'x',
    ]);
  });

  test('keeps the definitions that its words name', async () => {
    await using app = await startApp();
    const kind = (value: string, more: object): object => object({ kind: { const: value }, ...more }, ['kind']);
    const $defs = { Cat: kind('cat', { meow: { type: 'integer' } }), Dog: kind('dog', { bark: { type: 'string' } }) };
    const parameters = { $defs, oneOf: [{ $ref: '#/$defs/Cat' }, { $ref: '#/$defs/Dog' }] };
    const { body, notices } = await sent(app, { tools: [tool(parameters, true)] });
    const [{ input_schema: schema }] = body.tools as [Sent['tools'][number]];
    expect(Object.keys(schema['properties'] as object).toSorted()).toEqual(['bark', 'kind', 'meow']);
    expect(schema['required']).toEqual(['kind']);
    expect(schema['description']).toContain('#/$defs/Cat is {');
    expect(schema['description']).toContain('"meow"');
    expect(notices).toContain('parameters=emulated');
  });

  test('is not strict where not all of it can be looked at', async () => {
    await using app = await startApp();
    const parameters = {
      type: 'object',
      allOf: [object({ a: { type: 'string' } }, ['a']), { $ref: 'https://x.org/y' }],
    };
    const { body, notices } = await sent(app, { tools: [tool(parameters, true)] });
    expect(body.tools[0]).not.toHaveProperty('strict');
    expect(notices).toContain('strict=ignored');
  });
});

test('a pattern under not is kept, so that not everything is forbidden', async () => {
  await using app = await startApp();
  const name = { type: 'string', not: { pattern: String.raw`^[\.\,\*]+$` } };
  const { body } = await sent(app, { tools: [tool(object({ name }, ['name']))] });
  expect(body.tools[0]!.input_schema['properties']).toEqual({
    name: { type: 'string', not: { pattern: String.raw`^[\.,\*]+$` } },
  });
});

describe('a bad entry of a container goes alone, and is named', () => {
  test.each([
    [
      'a list among the properties',
      { type: 'object', properties: { coin: { type: 'string' }, required: ['coin'] } },
      ['coin'],
    ],
    [
      'a property that is a list',
      object({ file: { type: 'string' }, range: [{ type: 'integer' }] }, ['file']),
      ['file'],
    ],
  ])('%s', async (_name, parameters, names) => {
    await using app = await startApp();
    const { body, notices } = await sent(app, { tools: [tool(parameters)] });
    expect(Object.keys(body.tools[0]!.input_schema['properties'] as object)).toEqual(names);
    expect(notices).toContain('tools[0].function.parameters=emulated');
  });

  test('required names that come twice, in a strict tool', async () => {
    await using app = await startApp();
    const parameters = object({ a: { type: 'string' }, b: { type: 'string' } }, ['a', 'a', 'b']);
    const { body } = await sent(app, { tools: [tool(parameters, true)] });
    expect(body.tools[0]).toMatchObject({ strict: true, input_schema: { required: ['a', 'b'] } });
  });
});

describe('integers beyond 2^53', () => {
  const digits = '1234567890123456789';
  const raw = `{"id":"m","type":"message","role":"assistant","model":"${model}","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{"channel_id":${digits}}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}`;

  test('come back as Claude wrote them, also from a proxy that writes JSON in its own way', async () => {
    await using app = await startApp();
    for (const text of [raw, JSON.stringify(JSON.parse(raw), null, 2).replace(/123456789012345\d+/, digits)]) {
      app.fake.reply({ status: 200, body: text });
      const response = await postChat(app, { model, messages: HELLO, tools: [tool(object({}))] });
      const { choices } = await completionOf(response, false);
      const [call] = choices[0]!.message.tool_calls ?? [];
      expect(call).toMatchObject({
        function: { arguments: expect.stringMatching(new RegExp(`[^0-9]${digits}\\s*}`)) as unknown },
      });
    }
  });

  test('are the same at the door of tRPC', async () => {
    await using app = await startApp();
    app.fake.reply({ status: 200, body: raw });
    const calls = [{ id: 'c', type: 'function', function: { name: 'f', arguments: `{"id":${digits}}` } }];
    const history = [
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'c', content: 'r' },
    ];
    const response = await fetch(`${app.url}/trpc/chat.complete`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${app.apiKey}` },
      body: JSON.stringify({ json: { model, messages: [...HELLO, ...history], tools: [tool(object({}))] } }),
    });
    expect(response.status).toBe(200);
    const { result } = (await response.json()) as { result: { data: { json: ChatCompletion } } };
    const [call] = result.data.json.choices[0]!.message.tool_calls ?? [];
    expect(call).toMatchObject({ function: { arguments: `{"channel_id":${digits}}` } });
    expect(app.fake.requests.at(-1)!.rawBody).toContain(`"input":{"id":${digits}}`);
  });

  test('go to Claude as the caller wrote them', async () => {
    await using app = await startApp();
    const calls = [{ id: 'c', type: 'function', function: { name: 'f', arguments: `{"id":${digits}}` } }];
    const messages = [
      ...HELLO,
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'c', content: 'r' },
    ];
    await sent(app, { messages, tools: [tool(object({ id: { type: 'integer' } }))] });
    expect(app.fake.requests.at(-1)!.rawBody).toContain(`"input":{"id":${digits}}`);
  });
});

describe('arguments whose names Claude refuses', () => {
  const parameters = object({ $top: { type: 'integer' }, größe: { type: 'string' } }, ['$top']);
  const content = [{ type: 'tool_use', id: 'toolu_1', name: 'f', input: { _top: 5, gr__e: '$top' } }];

  test.each([false, true])('come back in calls under their own (stream: %s)', async (stream) => {
    await using app = await startApp();
    app.fake.reply({ message: { content }, pieceSize: 3 });
    const response = await postChat(app, { model, messages: HELLO, tools: [tool(parameters)], stream });
    expect(response.headers.get('x-trestle-notices')).toBe('tools[0].function.parameters=emulated');
    const [call] = (await completionOf(response, stream)).choices[0]!.message.tool_calls ?? [];
    expect(call).toMatchObject({ function: { arguments: '{"$top":5,"größe":"$top"}' } });
  });
});

test('reasoning of another gateway is ignored with a notice', async () => {
  await using app = await startApp();
  const reasoning_details = [
    { type: 'reasoning.text', text: 't', signature: 's', format: 'anthropic-claude-v1', index: 0 },
  ];
  const messages = [...HELLO, { role: 'assistant', content: 'x', reasoning_details }, ...HELLO];
  const { notices } = await sent(app, { messages });
  expect(notices).toContain('messages[1].reasoning_details=ignored');
  const strict = await postChat(app, { model, messages }, { headers: { 'x-trestle-strict': 'true' } });
  expect(await errorOf(strict)).toMatchObject({ param: 'messages[1].reasoning_details' });
});

describe('a schema of an answer that takes more properties than it names', () => {
  const schema = { ...object({ id: { type: 'string' } }, ['id']), additionalProperties: true };
  const format = (strict: boolean): object => ({
    response_format: { type: 'json_schema', json_schema: { name: 'a', strict, schema } },
  });

  test('is kept open where no grammar is asked for', async () => {
    await using app = await startApp();
    const { body, raw } = await sent(app, format(false));
    expect(body.output_config?.format).toBeUndefined();
    expect(raw).toContain('"additionalProperties":true');
  });

  test('is closed where one is, with a notice', async () => {
    await using app = await startApp();
    const { body, notices } = await sent(app, format(true));
    expect(body.output_config?.format?.schema).toMatchObject({ additionalProperties: false });
    expect(notices).toContain('response_format=clamped');
  });
});

test('an empty text file is told of', async () => {
  await using app = await startApp();
  const file = { filename: '__init__.py', file_data: 'data:text/x-python;base64,' };
  const { body, notices } = await sent(app, {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'file', file },
          { type: 'text', text: 'x' },
        ],
      },
    ],
  });
  expect(body.messages[0]!.content).toMatchObject([{ text: "(The file '__init__.py' is empty.)" }, { text: 'x' }]);
  expect(notices).toBe('messages[0].content[0].file.file_data=emulated');
});

describe('a schema that Claude can make no grammar of', () => {
  const refused = {
    status: 400,
    body: {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'Schema is too complex for compilation.' },
    },
  };
  const schema = object({ a: { type: 'string' } }, ['a']);
  const format = { type: 'json_schema', json_schema: { name: 'a', strict: true, schema } };

  test.each([false, true])('is told to Claude in a second try, with a notice (stream: %s)', async (stream) => {
    await using app = await startApp();
    app.fake.reply(refused);
    app.fake.reply({ message: { content: [{ type: 'text', text: '```json\n{"a":"b"}\n```' }] } });
    const request = { model, messages: HELLO, response_format: format, tools: [tool(schema, true)], stream };
    const completion = await completionOf(await postChat(app, request), stream);
    expect(completion.choices[0]!.message.content).toBe('{"a":"b"}');
    expect(completion.notices?.map(({ param, action }) => `${param}=${action}`)).toEqual([
      'tools=ignored',
      'response_format=emulated',
    ]);
    const second = app.fake.requests.at(-1)!.body as ClaudeBody;
    expect([second.output_config?.format, second.tools?.[0]?.strict]).toEqual([undefined, undefined]);
    expect(JSON.stringify(second.system)).toContain('JSON Schema');
  });

  it('is tried once more alone, and not where nothing is asked of a grammar', async () => {
    await using app = await startApp();
    app.fake.reply(refused);
    app.fake.reply(refused);
    const twice = await postChat(app, { model, messages: HELLO, response_format: format });
    expect([twice.status, app.fake.requests.length]).toEqual([400, 2]);
    app.fake.reply(refused);
    const once = await postChat(app, { model, messages: HELLO });
    expect([once.status, app.fake.requests.length]).toEqual([400, 3]);
  });
});
