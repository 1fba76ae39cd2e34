import type OpenAI from 'openai-7';
import { describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf } from '../support/rest-request.ts';
import type { ClaudeBody } from '../support/rules-body.ts';
import { claudeCalls, words } from '../support/word-stream.ts';
import { clientOf, eventsIn, model, post } from './responses-client.ts';

// The Responses API as OpenAI's own client uses it.

const LOOK = {
  type: 'function' as const,
  name: 'look',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};
const THINKS = { type: 'thinking', thinking: 'I look it up.', signature: '' };
const CALL = { type: 'tool_use', id: 'toolu_01', name: 'look', input: { city: 'Oslo' } };

/** A call, then a sentence. */
function play(app: AppResource): void {
  app.fake.reply({ message: { content: [THINKS, CALL], stop_reason: 'tool_use' } });
  app.fake.reply({ message: { content: [THINKS, { type: 'text', text: 'It rains.' }] } });
}

function lastTurns(app: AppResource): unknown {
  return (app.fake.requests.at(-1)!.body as ClaudeBody).messages.map(({ role, content }) => [
    role,
    typeof content === 'string' ? content : content.map(({ type }) => type),
  ]);
}

const WHOLE_TURN = [
  ['user', 'Weather?'],
  ['assistant', ['thinking', 'tool_use']],
  ['user', ['tool_result']],
];

describe("OpenAI's client", () => {
  test('loops with tools without anything stored, and Claude thinks on', async () => {
    await using app = await startApp();
    play(app);
    const client = clientOf(app);
    const asked = { model, tools: [LOOK], store: false, include: ['reasoning.encrypted_content' as const] };
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'Weather?' }];
    const first = await client.responses.create({ ...asked, input });
    expect(first.output.map(({ type }) => type)).toEqual(['reasoning', 'function_call']);
    const call = first.output.find((item) => item.type === 'function_call')!;
    expect(call).toMatchObject({ name: 'look', arguments: '{"city":"Oslo"}', call_id: 'toolu_01' });
    input.push(...(first.output as OpenAI.Responses.ResponseInput));
    input.push({ type: 'function_call_output', call_id: call.call_id, output: 'rain' });
    const second = await client.responses.create({ ...asked, input });
    expect(second.output_text).toBe('It rains.');
    expect(lastTurns(app)).toEqual(WHOLE_TURN);
    expect(app.fake.refusals).toEqual([]);
  });

  test('goes on from the response before, which is stored unless it says not to', async () => {
    await using app = await startApp();
    play(app);
    const client = clientOf(app);
    const first = await client.responses.create({ model, tools: [LOOK], input: 'Weather?' });
    const second = await client.responses.create({
      model,
      tools: [LOOK],
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: 'toolu_01', output: 'rain' }],
    });
    expect(second).toMatchObject({ previous_response_id: first.id, output_text: 'It rains.' });
    expect(lastTurns(app)).toEqual(WHOLE_TURN);
    expect(app.fake.refusals).toEqual([]);
  });

  test('names items and thinking of a stored response by their ids', async () => {
    await using app = await startApp();
    play(app);
    const client = clientOf(app);
    const first = await client.responses.create({ model, tools: [LOOK], input: 'Weather?' });
    const [thinking, call] = first.output;
    await client.responses.create({
      model,
      tools: [LOOK],
      input: [
        { role: 'user', content: 'Weather?' },
        { type: 'reasoning', id: thinking!.id!, summary: [] },
        { type: 'item_reference', id: call!.id! },
        { type: 'function_call_output', call_id: 'toolu_01', output: 'rain' },
      ],
    });
    expect(lastTurns(app)).toEqual(WHOLE_TURN);
  });

  test('retrieves a stored response, lists its input, and deletes it', async () => {
    await using app = await startApp();
    const client = clientOf(app);
    const input: OpenAI.Responses.ResponseInput = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }));
    const created = await client.responses.create({ model, input, metadata: { order: '7' } });
    expect(await client.responses.retrieve(created.id)).toMatchObject({
      id: created.id,
      output_text: created.output_text,
      metadata: { order: '7' },
    });
    const listed: unknown[] = [];
    for await (const item of client.responses.inputItems.list(created.id, { limit: 2, order: 'asc' }))
      listed.push(item.type === 'message' ? item.content : item.type);
    expect(listed).toEqual(['one', 'two', 'three'].map((text) => [{ type: 'input_text', text }]));
    await client.responses.delete(created.id);
    await expect(client.responses.retrieve(created.id)).rejects.toMatchObject({ status: 404 });
    const gone = { model, input: 'x', previous_response_id: created.id };
    await expect(client.responses.create(gone)).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    });
  });

  test('lists each kind of item with all that clients find in it', async () => {
    await using app = await startApp();
    const client = clientOf(app);
    const call = { call_id: 'c', name: 'look' };
    const input = [
      { role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' }] },
      { role: 'assistant', content: 'Let me see.' },
      { type: 'function_call', ...call, arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: 'rain' },
      { type: 'custom_tool_call', ...call, call_id: 'd', input: 'x' },
      { type: 'custom_tool_call_output', call_id: 'd', output: 'y' },
      { type: 'shell_call', call_id: 'e', action: { commands: ['ls'] } },
      { type: 'shell_call_output', call_id: 'e', output: [] },
      { role: 'user', content: 'And?' },
    ] as unknown as OpenAI.Responses.ResponseInput;
    const { id: conversation } = await client.conversations.create({ items: input });
    const { id } = await client.responses.create({ model, input, generate: false } as never);
    const status = 'completed';
    const kinds = [
      { type: 'message', status, content: [{ type: 'input_image', detail: 'auto' }] },
      { type: 'message', status, content: [{ type: 'output_text', text: 'Let me see.', annotations: [] }] },
      { type: 'function_call', status },
      { type: 'function_call_output', status },
      { type: 'custom_tool_call', status },
      { type: 'custom_tool_call_output', status },
      { type: 'shell_call', status, environment: null },
      { type: 'shell_call_output', status, max_output_length: null },
      { type: 'message', status, content: [{ type: 'input_text', text: 'And?' }] },
    ].map((kind) => ({ ...kind, id: expect.any(String) as string }));
    const order = 'asc' as const;
    expect((await client.responses.inputItems.list(id, { order })).data).toMatchObject(kinds);
    expect((await client.conversations.items.list(conversation, { order })).data).toMatchObject(kinds);
  });

  test('max_tool_calls is the most web searches', async () => {
    await using app = await startApp();
    const searches = async (body: object): Promise<unknown> => {
      await post(app, { input: 'Hello', tools: [{ type: 'web_search' }], ...body });
      return (app.fake.requests.at(-1)!.body as ClaudeBody).tools![0];
    };
    expect(await searches({})).toMatchObject({ name: 'web_search', max_uses: 5 });
    expect(await searches({ max_tool_calls: 2 })).toMatchObject({ max_uses: 2 });
    expect(await searches({ max_tool_calls: 50 })).toMatchObject({ max_uses: 5 });
    expect(app.fake.refusals).toEqual([]);
  });

  test('a request that is too long for the model names the caller’s own field', async () => {
    await using app = await startApp();
    const error = { type: 'invalid_request_error', message: 'prompt is too long: 9 tokens > 8 maximum' };
    app.fake.replyWith(() => ({ status: 400, body: { type: 'error', error } }));
    for (const stream of [false, true])
      expect(await errorOf(await post(app, { input: 'Hello', stream }))).toMatchObject({
        code: 'context_length_exceeded',
        param: 'input',
      });
  });

  test('streams, and puts together the response that was streamed', async () => {
    await using app = await startApp();
    play(app);
    const stream = clientOf(app).responses.stream({
      model,
      tools: [LOOK],
      input: 'Weather?',
      reasoning: { summary: 'auto' },
    });
    const summaries: string[] = [];
    stream.on('response.reasoning_summary_text.delta', ({ delta }) => summaries.push(delta));
    const final = await stream.finalResponse();
    expect(summaries.join('')).toBe('I look it up.');
    expect(final.output).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'I look it up.' }] },
      { type: 'function_call', name: 'look', arguments: '{"city":"Oslo"}' },
    ]);
  });

  test('parses JSON that fits a schema', async () => {
    await using app = await startApp();
    app.fake.reply({ message: { content: [{ type: 'text', text: '{"city":"Oslo"}' }] } });
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    };
    const format = { type: 'json_schema' as const, name: 'place', strict: true, schema };
    const parsed = await clientOf(app).responses.parse({ model, input: 'Where?', text: { format } });
    expect(JSON.parse(parsed.output_text)).toEqual({ city: 'Oslo' });
    const { output_config: config } = app.fake.requests.at(-1)!.body as ClaudeBody;
    expect(config?.format?.schema).toMatchObject({ properties: { city: { type: 'string' } } });
  });
});

test('a conversation is compacted into one item, which stands for it from then on', async () => {
  await using app = await startApp();
  app.fake.reply({ message: { content: [THINKS, { type: 'text', text: 'They greeted.' }] } });
  const client = clientOf(app);
  const conversation = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hello!' },
  ] as const;
  const asked = { model, tools: [LOOK], store: false };
  const trigger = { type: 'compaction_trigger' as const };
  const compacted = await client.responses.create({ ...asked, input: [...conversation, trigger] });
  expect(compacted.output).toMatchObject([{ type: 'compaction', encrypted_content: expect.any(String) }]);
  expect(JSON.stringify(compacted)).not.toContain('They greeted.');
  expect((app.fake.requests.at(-1)!.body as ClaudeBody).tool_choice).toEqual({ type: 'none' });
  const input = [...(compacted.output as OpenAI.Responses.ResponseInput), { role: 'user' as const, content: 'Go on' }];
  await client.responses.create({ ...asked, input });
  expect(JSON.stringify(lastBody(app).messages)).toContain('They greeted.');
  expect(lastBody(app).messages).toHaveLength(1);
  expect(app.fake.refusals).toEqual([]);
});

function lastBody(app: AppResource): ClaudeBody {
  return app.fake.requests.at(-1)!.body as ClaudeBody;
}

describe('what is stored', () => {
  test('is not there where the request says so', async () => {
    await using app = await startApp();
    const client = clientOf(app);
    const { id } = await client.responses.create({ model, input: 'x', store: false });
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  test("is nobody else's", async () => {
    await using app = await startApp({ environment: { TRESTLE_API_KEYS: 'one,two' } });
    const [one, two] = [clientOf(app, 'one'), clientOf(app, 'two')];
    const created = await one.responses.create({ model, tools: [LOOK], input: 'secret' });
    const item = created.output[0]!.id!;
    for (const attempt of [
      () => two.responses.retrieve(created.id),
      () => two.responses.delete(created.id),
      () => two.responses.inputItems.list(created.id),
    ])
      await expect(attempt()).rejects.toMatchObject({ status: 404 });
    await expect(two.responses.create({ model, input: 'x', previous_response_id: created.id })).rejects.toMatchObject({
      status: 400,
    });
    const reference = { type: 'item_reference' as const, id: item };
    await expect(two.responses.create({ model, input: [reference] })).rejects.toMatchObject({ param: 'input[0].id' });
    expect(await one.responses.retrieve(created.id)).toMatchObject({ id: created.id });
  });

  test('gives back no thinking that was sealed for another caller', async () => {
    await using app = await startApp({ environment: { TRESTLE_API_KEYS: 'one,two' } });
    play(app);
    const asked = { model, tools: [LOOK], store: false, include: ['reasoning.encrypted_content' as const] };
    const first = await clientOf(app, 'one').responses.create({ ...asked, input: 'Weather?' });
    const answer = await post(
      { ...app, apiKey: 'two' },
      {
        tools: [LOOK],
        input: [
          { role: 'user', content: 'Weather?' },
          ...first.output,
          { type: 'function_call_output', call_id: 'toolu_01', output: 'rain' },
        ],
      },
    );
    expect(await answer.json()).toMatchObject({
      notices: expect.arrayContaining([
        expect.objectContaining({ param: 'input[1].encrypted_content', action: 'ignored' }),
      ]),
    });
    expect(lastTurns(app)).toEqual([WHOLE_TURN[0], ['assistant', ['tool_use']], WHOLE_TURN[2]]);
  });
});

describe('errors and notices', () => {
  test.each([
    [
      { input: [{ type: 'function_call', call_id: 'x', name: 'y' }] },
      'input[0].arguments',
      'missing_required_parameter',
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,!' }] }] },
      'input[0].content[0].image_url',
      'invalid_value',
    ],
    [{ input: 'x', tools: [{ type: 'function', name: 'a b' }] }, 'tools[0].name', 'invalid_value'],
    [
      { input: 'x', tools: [{ type: 'namespace', name: 'n', tools: [LOOK, LOOK] }] },
      'tools[0].tools[1].name',
      'invalid_value',
    ],
    [{ input: [{ type: 'function_call_output', call_id: 'nobody', output: 'x' }] }, 'input[0]', 'invalid_value'],
    [{ input: 'x', max_output_tokens: 0 }, 'max_output_tokens', 'invalid_value'],
    [{ input: 'x', prompt: { id: 'pmpt_1' } }, 'prompt', 'unsupported_parameter'],
    [
      { input: 'x', tools: [LOOK], tool_choice: { type: 'function', name: 'nobody' } },
      'tool_choice.name',
      'invalid_value',
    ],
    [{ input: 'x', metadata: { a: 'b'.repeat(513) } }, 'metadata.a', 'invalid_value'],
  ])('%j names %s', async (body, param, code) => {
    await using app = await startApp();
    const response = await post(app, body);
    expect([response.status, ((await response.json()) as { error: object }).error]).toMatchObject([
      400,
      { param, code },
    ]);
    expect(claudeCalls(app)).toBe(0);
  });

  test('what is not honoured is named as the caller knows it, and refused in strict mode', async () => {
    await using app = await startApp();
    const body = {
      input: [{ role: 'user', content: 'x', name: 'ada' }],
      max_output_tokens: 10_000_000,
      truncation: 'auto',
      sparkle: true,
      tools: [{ type: 'file_search', vector_store_ids: [] }],
    };
    const response = await post(app, body);
    const noted = response.headers.get('x-trestle-notices')!.split(', ');
    expect(noted.toSorted()).toEqual([
      'input[0].name=ignored',
      'max_output_tokens=clamped',
      'sparkle=ignored',
      'tools[0]=ignored',
      'truncation=ignored',
    ]);
    for (const field of ['truncation', 'sparkle'] as const) {
      const refused = await post(app, { input: 'x', [field]: body[field] }, { 'x-trestle-strict': 'true' });
      expect(await refused.json()).toMatchObject({ error: { code: 'unsupported_parameter', param: field } });
    }
  });

  test('a failure before the answer begins has its own status', async () => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
    app.fake.replyWith(() => ({
      status: 529,
      body: { type: 'error', error: { type: 'overloaded_error', message: 'x' } },
    }));
    const response = await post(app, { input: 'x', stream: true });
    expect([response.status, await response.json()]).toMatchObject([503, { error: { code: 'overloaded' } }]);
  });

  test.each([
    ['overloaded_error', 'server_error'],
    ['rate_limit_error', 'rate_limit_exceeded'],
    ['api_error', 'server_error'],
  ])('a stream that breaks by %s fails with %s, which clients try again', async (type, code) => {
    await using app = await startApp();
    const [start, block] = words(0);
    const delta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'one' } };
    app.fake.reply({ events: [start!, block!, delta, { type: 'error', error: { type, message: 'x' } }] });
    const text = await (await post(app, { input: 'x', stream: true })).text();
    const last = eventsIn(text).at(-1)!;
    expect(last).toMatchObject({ type: 'response.failed', response: { status: 'failed', error: { code } } });
    expect(text).not.toContain('event: error');
  });

  test('an answer that was cut short is incomplete, and one that is refused is filtered', async () => {
    await using app = await startApp();
    app.fake.reply({ message: { content: [{ type: 'text', text: 'Once' }], stop_reason: 'max_tokens' } });
    app.fake.reply({ message: { content: [], stop_reason: 'refusal' } });
    const client = clientOf(app);
    expect(await client.responses.create({ model, input: 'x' })).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
    expect(await client.responses.create({ model, input: 'x' })).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
      output: [{ type: 'message', content: [{ type: 'refusal' }] }],
    });
  });
});
