import OpenAI, { BadRequestError, NotFoundError, toFile } from 'openai-7';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { batchClient, batchOf, type Endpoint, linesOf, readLines } from '../support/batch-client.ts';
import { HELLO } from '../support/rest-request.ts';

const CHAT = '/v1/chat/completions';
const RESPONSES = '/v1/responses';
const MODEL = HELLO.model;
const messages = [{ role: 'user', content: 'Hello' }];

let app: AppResource;
let openai: OpenAI;
beforeAll(async () => {
  app = await startApp({
    environment: { TRESTLE_API_KEYS: 'test-key,other-key', TRESTLE_MODEL_ALIASES: '{"gpt-4o":"claude-sonnet-5-5"}' },
  });
  openai = batchClient(app);
});
afterAll(() => app[Symbol.asyncDispose]());
beforeEach(() => Object.assign(app.fake.batches, { holds: false, unanswered: undefined, archived: false, cuts: 0 }));

/** A batch of these bodies as it is when Claude has ended it, and its lines. */
async function answered(endpoint: Endpoint, bodies: readonly object[]) {
  const { id } = await batchOf(openai, endpoint, linesOf(endpoint, bodies));
  const batch = await openai.batches.retrieve(id);
  const [output, errors] = [batch.output_file_id, batch.error_file_id];
  return { batch, output: await readLines(openai, output), errors: await readLines(openai, errors) };
}

const TOOL = { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } };
const SCHEMA = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'], additionalProperties: false };
/** Requests of many kinds, with notices and without. */
const BODIES: Record<Endpoint, object[]> = {
  [CHAT]: [
    { model: MODEL, messages },
    { model: 'gpt-4o', messages, seed: 7 },
    { model: 'claude-haiku-4-5', messages, temperature: 1.7, max_tokens: 100 },
    { model: 'claude-sonnet-4-20250514', messages, logit_bias: { 1: 2 } },
    { model: MODEL, messages, tools: [{ type: 'function', function: TOOL }], tool_choice: 'required' },
    { model: MODEL, messages, response_format: { type: 'json_schema', json_schema: { name: 'n', schema: SCHEMA } } },
    { model: MODEL, messages, reasoning_effort: 'high', unknown_field: 1 },
    { model: MODEL, messages, store: true, metadata: { topic: 'batch' } },
  ],
  [RESPONSES]: [
    { model: MODEL, input: 'Hello' },
    { model: 'gpt-4o', input: 'Hello', instructions: 'Be short.', top_logprobs: 2 },
    { model: MODEL, input: 'Hello', tools: [{ type: 'function', strict: false, ...TOOL }], tool_choice: 'required' },
    { model: MODEL, input: 'Hello', text: { format: { type: 'json_schema', name: 'n', schema: SCHEMA } } },
    { model: MODEL, input: 'Hello', reasoning: { effort: 'high', summary: 'auto' }, store: false },
    { model: 'claude-haiku-4-5', input: 'Hello', temperature: 1.7 },
  ],
};

/**
 * An answer without what differs from one to the next: ids, times, what is sealed, the tier, which tells a batch, and
 * what it cost.
 */
function comparable(answer: unknown): unknown {
  const json = JSON.stringify(answer, (key, value: unknown) => {
    if (
      ['id', 'created', 'created_at', 'completed_at', 'service_tier', 'call_id', 'encrypted_content', 'cost'].includes(
        key,
      )
    )
      return undefined;
    return key === 'signature' || key === 'data' ? undefined : value;
  });
  return JSON.parse(json);
}

describe.each([CHAT, RESPONSES] as const)('a batch of %s', (endpoint) => {
  test('is answered line by line as the live door answers', async () => {
    const bodies = BODIES[endpoint];
    const { batch, output, errors } = await answered(endpoint, bodies);
    expect(batch).toMatchObject({
      object: 'batch',
      endpoint,
      status: 'completed',
      request_counts: { total: bodies.length, completed: bodies.length, failed: 0 },
    });
    expect(errors.size).toBe(0);
    let noticed = 0;
    for (const [index, body] of bodies.entries()) {
      const live = await fetch(app.url + endpoint, {
        method: 'POST',
        headers: { authorization: 'Bearer test-key', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const line = output.get(`request ${index}/ß`)!;
      expect(line).toMatchObject({ error: null, response: { status_code: 200 } });
      const answer = (await live.json()) as { notices?: unknown[]; usage: { cost: number } };
      expect(comparable(line.response!.body)).toEqual(comparable(answer));
      expect(line.response!.body['usage']).toMatchObject({ cost: answer.usage.cost / 2 });
      noticed += answer.notices?.length ?? 0;
    }
    expect(noticed).toBeGreaterThan(2);
    const usages = [...output.values()].map(({ response }) => response!.body['usage'] as Record<string, number>);
    const total = usages.reduce((sum, { total_tokens: tokens }) => sum + tokens!, 0);
    expect(batch.usage!.total_tokens).toBe(total);
    expect(batch.usage!.input_tokens + batch.usage!.output_tokens).toBe(total);
  });

  test('names no line of its own to Claude, and asks for no stream', async () => {
    const before = app.fake.requests.length;
    await answered(endpoint, BODIES[endpoint]);
    const sent = app.fake.requests.slice(before).filter(({ path }) => path === '/v1/messages/batches');
    const requests = sent.flatMap(
      ({ body }) => (body as { requests: { custom_id: string; params: object }[] }).requests,
    );
    expect(requests.map((one) => one.custom_id).toSorted()).toEqual(BODIES[endpoint].map((_body, index) => `${index}`));
    for (const { params } of requests) expect(params).not.toHaveProperty('stream');
    // Sampling is taken by the older version of Claude's API alone, and one batch of Claude's has one version.
    expect(new Set(sent.map(({ headers }) => headers['anthropic-version'])).size).toBe(sent.length);
  });
});

test('what is stored of an answer can be retrieved', async () => {
  const chat = await answered(CHAT, [{ model: MODEL, messages, store: true, metadata: { topic: 'x' } }]);
  const [line] = chat.output.values();
  expect(await openai.chat.completions.retrieve(line!.response!.body['id'] as string)).toMatchObject({
    choices: line!.response!.body['choices'],
    metadata: { topic: 'x' },
  });
  const { output } = await answered(RESPONSES, [{ model: MODEL, input: 'Hello' }]);
  const [response] = output.values();
  expect(await openai.responses.retrieve(response!.response!.body['id'] as string)).toMatchObject({
    output: response!.response!.body['output'],
  });
  const next = { model: MODEL, input: 'And?', previous_response_id: response!.response!.body['id'] };
  expect((await answered(RESPONSES, [next])).batch.request_counts).toEqual({ total: 1, completed: 1, failed: 0 });
});

describe('lines that can not be answered', () => {
  const ofLine = (fields: object): string =>
    JSON.stringify({ custom_id: 'x', method: 'POST', url: CHAT, body: { model: MODEL, messages }, ...fields });

  test.each<[string, string, object]>([
    ['no JSON', '{"custom_id":', { code: 'invalid_json_line', line: 2, param: null }],
    ['no object', '[]', { code: 'invalid_json_line' }],
    ['no name', ofLine({ custom_id: undefined }), { code: 'missing_required_parameter', param: 'custom_id' }],
    ['a name twice', ofLine({ custom_id: 'first' }), { code: 'duplicate_custom_id', param: 'custom_id' }],
    ['another method', ofLine({ method: 'GET' }), { code: 'invalid_method', param: 'method' }],
    ['another endpoint', ofLine({ url: RESPONSES }), { code: 'invalid_url', param: 'url' }],
    ['no body', ofLine({ body: 'x' }), { code: 'missing_required_parameter', param: 'body' }],
    ['no messages', ofLine({ body: { model: MODEL } }), { code: 'missing_required_parameter', param: 'body.messages' }],
    ['a wrong type', ofLine({ body: { model: MODEL, messages, n: 'x' } }), { code: 'invalid_type', param: 'body.n' }],
    ['a stream', ofLine({ body: { model: MODEL, messages, stream: true } }), { param: 'body.stream' }],
    ['choices', ofLine({ body: { model: MODEL, messages, n: 2 } }), { code: 'unsupported_parameter', param: 'body.n' }],
    ['an unknown model', ofLine({ body: { model: 'x', messages } }), { code: 'model_not_found', param: 'body.model' }],
    [
      'what the translation refuses',
      ofLine({ body: { model: MODEL, messages, modalities: ['audio'], audio: { voice: 'a', format: 'wav' } } }),
      { code: 'unsupported_parameter' },
    ],
  ])('such as %s fail the batch, and Claude gets nothing of it', async (_name, line, error) => {
    const asked = app.fake.requests.length;
    const batch = await batchOf(openai, CHAT, `${ofLine({ custom_id: 'first' })}\r\n${line}\n\n`);
    expect(batch).toMatchObject({
      status: 'failed',
      failed_at: expect.any(Number),
      errors: { object: 'list', data: [{ line: 2, message: expect.stringMatching(/./), ...error }] },
    });
    expect(batch.errors!.data).toHaveLength(1);
    expect(app.fake.requests).toHaveLength(asked);
    expect(await openai.batches.retrieve(batch.id)).toEqual(batch);
    await expect(openai.batches.cancel(batch.id)).rejects.toThrow(BadRequestError);
  });

  test.each([
    ['background', true],
    ['generate', false],
    ['conversation', 'conv_1'],
    ['stream', true],
  ])('of responses such as %s: %s fail the batch', async (field, value) => {
    const batch = await batchOf(openai, RESPONSES, linesOf(RESPONSES, [{ model: MODEL, input: 'x', [field]: value }]));
    expect(batch.errors!.data).toMatchObject([{ line: 1, param: `body.${field}`, code: 'unsupported_parameter' }]);
  });

  test('are all told, up to a hundred', async () => {
    const batch = await batchOf(openai, CHAT, '{\n'.repeat(150));
    expect(batch.errors!.data).toHaveLength(101);
    expect(batch.errors!.data!.at(-1)).toMatchObject({ code: 'too_many_errors', line: null });
  });

  test('and a file without any fail the batch', async () => {
    expect((await batchOf(openai, CHAT, '\n \n')).errors!.data).toMatchObject([{ code: 'empty_file', line: null }]);
  });

  test('in strict mode are those that would get a notice', async () => {
    const strict = new OpenAI({
      apiKey: 'test-key',
      baseURL: `${app.url}/v1`,
      defaultHeaders: { 'x-trestle-strict': 'true' },
    });
    const batch = await batchOf(strict, CHAT, linesOf(CHAT, [{ model: MODEL, messages, seed: 1 }]));
    expect(batch.errors!.data).toMatchObject([{ code: 'unsupported_parameter', param: 'body.seed' }]);
  });
});

describe('a request for a batch', () => {
  test('names the field that is wrong', async () => {
    const lines = linesOf(CHAT, [{ model: MODEL, messages }]);
    for (const [param, more] of [
      ['endpoint', { endpoint: '/v1/embeddings' }],
      ['completion_window', { completion_window: '1h' }],
      ['metadata', { metadata: Object.fromEntries(Array.from({ length: 17 }, (_none, index) => [`${index}`, 'x'])) }],
      ['output_expires_after.seconds', { output_expires_after: { anchor: 'created_at', seconds: 5 } }],
    ] as const)
      await expect(batchOf(openai, CHAT, lines, more as object)).rejects.toMatchObject({ status: 400, param });
    await expect(batchOf(openai, CHAT, lines, { input_file_id: 'file-x' })).rejects.toMatchObject({
      status: 404,
      param: 'input_file_id',
    });
    const notes = await openai.files.create({ file: await toFile(Buffer.from('x'), 'x.txt'), purpose: 'user_data' });
    await expect(batchOf(openai, CHAT, lines, { input_file_id: notes.id })).rejects.toMatchObject({
      status: 400,
      param: 'input_file_id',
    });
  });

  test('keeps its notes, and says when the files of its answers go', async () => {
    const lines = linesOf(CHAT, [{ model: MODEL, messages }]);
    const more = { metadata: { job: '7' }, output_expires_after: { anchor: 'created_at', seconds: 7200 } } as const;
    const { id, metadata, expires_at: end, created_at: start } = await batchOf(openai, CHAT, lines, more);
    expect([metadata, end! - start]).toEqual([{ job: '7' }, 86_400]);
    const batch = await openai.batches.retrieve(id);
    const file = await openai.files.retrieve(batch.output_file_id!);
    expect(file).toMatchObject({ purpose: 'batch_output', filename: `${id}_output.jsonl` });
    expect(file.expires_at! - file.created_at).toBe(7200);
  });

  test('that Claude can not take for now leaves no batch', async () => {
    const before = (await openai.batches.list()).data.length;
    app.fake.batches.refusesWith = 429;
    await expect(batchOf(openai, CHAT, linesOf(CHAT, [{ model: MODEL, messages }]))).rejects.toMatchObject({
      status: 429,
    });
    app.fake.batches.refusesWith = 404;
    await expect(batchOf(openai, CHAT, linesOf(CHAT, [{ model: MODEL, messages }]))).rejects.toMatchObject({
      status: 404,
      param: null,
      message: expect.stringContaining('has no batches'),
    });
    app.fake.batches.refusesWith = undefined;
    expect((await openai.batches.list()).data).toHaveLength(before);
  });
});

describe('a batch', () => {
  const bodies = ['one', 'two', 'three'].map((content) => ({ model: MODEL, messages: [{ role: 'user', content }] }));
  const asks = (params: unknown, what: string): boolean => JSON.stringify(params).includes(`"${what}"`);

  test('goes on while Claude does', async () => {
    app.fake.batches.holds = true;
    const { id } = await batchOf(openai, CHAT, linesOf(CHAT, bodies));
    expect(await openai.batches.retrieve(id)).toMatchObject({
      status: 'in_progress',
      in_progress_at: expect.any(Number),
      request_counts: { total: 3, completed: 0, failed: 0 },
    });
    app.fake.batches.holds = false;
    const [listed] = (await openai.batches.list({ limit: 1 })).data;
    expect(listed).toMatchObject({ id, status: 'in_progress', request_counts: { total: 3, completed: 3, failed: 0 } });
    expect(await openai.batches.retrieve(id)).toMatchObject({
      status: 'completed',
      finalizing_at: expect.any(Number),
      completed_at: expect.any(Number),
    });
  });

  test('that is cancelled keeps what was answered by then', async () => {
    Object.assign(app.fake.batches, {
      holds: true,
      unanswered: (params: unknown) => (asks(params, 'two') ? 'canceled' : undefined),
    });
    const { id } = await batchOf(openai, CHAT, linesOf(CHAT, bodies));
    const cancelling = await openai.batches.cancel(id);
    expect(cancelling).toMatchObject({ status: 'cancelling', cancelling_at: expect.any(Number) });
    expect(await openai.batches.cancel(id)).toEqual(cancelling);
    expect((await openai.batches.retrieve(id)).status).toBe('cancelling');
    app.fake.batches.holds = false;
    const batch = await openai.batches.retrieve(id);
    expect(batch).toMatchObject({
      status: 'cancelled',
      cancelled_at: expect.any(Number),
      request_counts: { total: 3, completed: 2, failed: 1 },
    });
    expect([...(await readLines(openai, batch.output_file_id)).keys()].toSorted()).toEqual([
      'request 0/ß',
      'request 2/ß',
    ]);
    expect([...(await readLines(openai, batch.error_file_id)).values()]).toMatchObject([
      { custom_id: 'request 1/ß', response: null, error: { code: 'batch_cancelled' } },
    ]);
    await expect(openai.batches.cancel(id)).rejects.toThrow("'cancelled' can't be cancelled");
  });

  test('that expires has what was answered, and says so of the rest', async () => {
    app.fake.batches.unanswered = (params) => (asks(params, 'three') ? 'expired' : undefined);
    const { batch, output, errors } = await answered(CHAT, bodies);
    expect(batch).toMatchObject({
      status: 'expired',
      expired_at: expect.any(Number),
      request_counts: { total: 3, completed: 2, failed: 1 },
    });
    expect(output.size).toBe(2);
    expect([...errors.values()]).toMatchObject([
      { custom_id: 'request 2/ß', response: null, error: { code: 'batch_expired', message: expect.any(String) } },
    ]);
  });

  test('has the errors of Claude as the live door tells them', async () => {
    app.fake.replyWith((body) => (asks(body, 'two') ? { status: 529 } : { message: { content: [] } }));
    const { batch, errors } = await answered(CHAT, bodies);
    expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 3, completed: 2, failed: 1 } });
    expect([...errors.values()]).toMatchObject([
      {
        custom_id: 'request 1/ß',
        response: { status_code: 503, body: { error: { code: 'overloaded', type: 'server_error' } } },
        error: null,
      },
    ]);
    app.fake.replyWith(() => ({ message: { content: [{ type: 'text', text: 'Hello!' }] } }));
  });

  test('in whose searches Claude paused has what it said until then, and a notice', async () => {
    app.fake.replyWith(() => ({
      message: {
        content: [{ type: 'text', text: 'So far' }],
        stop_reason: 'pause_turn',
        usage: { input_tokens: 3, output_tokens: 4 },
      },
    }));
    const { output, batch } = await answered(CHAT, [{ model: MODEL, messages, web_search_options: {} }]);
    expect([...output.values()][0]!.response!.body).toMatchObject({
      choices: [{ message: { content: 'So far' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 4 },
      notices: [{ param: 'finish_reason', action: 'substituted' }],
    });
    expect(batch.usage!.total_tokens).toBe(7);
    app.fake.replyWith(() => ({ message: { content: [{ type: 'text', text: 'Hello!' }] } }));
  });

  test('whose results Claude does not keep any more says so', async () => {
    app.fake.batches.archived = true;
    const { batch, errors } = await answered(CHAT, bodies.slice(0, 1));
    expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 1, completed: 0, failed: 1 } });
    expect([...errors.values()]).toMatchObject([{ error: { code: 'no_result' } }]);
  });

  test('is listed in pages, the newest first', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.unshift((await batchOf(openai, CHAT, linesOf(CHAT, bodies))).id);
    const listed: string[] = [];
    for await (const { id } of openai.batches.list({ limit: 2 })) listed.push(id);
    expect(listed.slice(0, 3)).toEqual(ids);
    await expect(openai.batches.list({ after: 'batch_x' })).rejects.toMatchObject({ status: 400, param: 'after' });
  });

  test('and its files are not seen by another key', async () => {
    const { batch } = await answered(CHAT, bodies);
    const other = batchClient(app, 'other-key');
    for (const reach of [
      () => other.batches.retrieve(batch.id),
      () => other.batches.cancel(batch.id),
      () => other.files.content(batch.output_file_id!),
      () => other.files.delete(batch.input_file_id),
      () => other.batches.create({ input_file_id: batch.input_file_id, endpoint: CHAT, completion_window: '24h' }),
    ])
      await expect(reach()).rejects.toThrow(NotFoundError);
    expect([(await other.batches.list()).data, (await other.files.list()).data]).toEqual([[], []]);
  });

  test('is answered although its input file was deleted', async () => {
    app.fake.batches.holds = true;
    const { id, input_file_id: input } = await batchOf(openai, CHAT, linesOf(CHAT, bodies));
    await openai.files.delete(input);
    app.fake.batches.holds = false;
    expect((await openai.batches.retrieve(id)).request_counts!.completed).toBe(3);
  });

  test('is made once under one Idempotency-Key', async () => {
    const file = await openai.files.create({
      file: await toFile(Buffer.from(linesOf(CHAT, bodies)), 'in.jsonl'),
      purpose: 'batch',
    });
    const asked = { input_file_id: file.id, endpoint: CHAT, completion_window: '24h' } as const;
    const headers = { 'idempotency-key': 'once' };
    const made = await Promise.all([1, 2].map(() => openai.batches.create(asked, { headers })));
    expect(made[0]!.id).toBe(made[1]!.id);
  });
});

test('a server whose storage is off keeps no batches and no files, and says so', async () => {
  await using off = await startApp({ environment: { TRESTLE_STORAGE: 'off' } });
  const client = batchClient(off);
  const file = await toFile(Buffer.from('x'), 'x');
  for (const ask of [
    () => client.files.list(),
    () => client.files.create({ file, purpose: 'batch' }),
    () => client.batches.list(),
    () => client.batches.create({ input_file_id: 'file-x', endpoint: CHAT, completion_window: '24h' }),
  ])
    await expect(ask()).rejects.toThrow(/^404 This server keeps no (files|batches): its storage is off/);
});
