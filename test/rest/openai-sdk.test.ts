import OpenAI, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';

let app: AppResource;
let openai: OpenAI;
beforeAll(async () => {
  app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  openai = clientOf(app.apiKey);
});
afterAll(() => app[Symbol.asyncDispose]());

function clientOf(apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${app.url}/v1`, maxRetries: 0 });
}

const request: OpenAI.ChatCompletionCreateParamsNonStreaming = {
  model: 'claude-sonnet-5-5',
  messages: [{ role: 'user', content: 'Hello' }],
};
const TEXT = 'Hello! How can I help you today?';

/** What a call throws, narrowed to an error class of OpenAI's. */
async function thrownBy<T extends Error>(
  call: Promise<unknown>,
  errorClass: abstract new (...parameters: never[]) => T,
): Promise<T> {
  const thrown: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(errorClass);
  return thrown as T;
}

describe('answers', () => {
  test('create gives a completion with its request id', async () => {
    const { data, response, request_id } = await openai.chat.completions.create(request).withResponse();
    expect(data.choices[0]).toMatchObject({
      index: 0,
      message: { role: 'assistant', content: TEXT, refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    });
    expect(data.usage!.total_tokens).toBe(data.usage!.prompt_tokens + data.usage!.completion_tokens);
    expect(request_id).toBe(response.headers.get('x-request-id'));
    expect(request_id).toMatch(/^req_/);
  });

  test('create with stream gives chunks, and the usage when asked', async () => {
    const stream = await openai.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(TEXT);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
  });

  test('the stream helper folds the chunks to the same completion', async () => {
    const runner = openai.chat.completions.stream({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    const pieces: string[] = [];
    runner.on('content', (piece) => pieces.push(piece));
    const folded = await runner.finalChatCompletion();
    const whole = await openai.chat.completions.create(request);
    expect(pieces.join('')).toBe(TEXT);
    expect(folded.choices[0]!.finish_reason).toBe('stop');
    expect(folded.choices[0]!.message).toMatchObject({ role: 'assistant', content: TEXT, refusal: null });
    expect(folded.usage).toEqual(whole.usage);
  });

  test('models are listed and retrieved', async () => {
    const ids = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    expect(ids).toContain('claude-sonnet-5-5');
    expect(await openai.models.retrieve('claude-sonnet-5-5')).toMatchObject({
      id: 'claude-sonnet-5-5',
      object: 'model',
      created: Date.parse('2026-09-28') / 1000,
      owned_by: 'anthropic',
    });
  });
});

describe('errors', () => {
  test('a wrong key is an AuthenticationError', async () => {
    const error = await thrownBy(clientOf('wrong').chat.completions.create(request), AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
    expect(error.requestID).toMatch(/^req_/);
  });

  test('an unknown model is a NotFoundError, for a completion, a stream and the model itself', async () => {
    const model = 'no-such-model';
    for (const call of [
      () => openai.chat.completions.create({ ...request, model }),
      () => openai.chat.completions.create({ ...request, model, stream: true }),
      () => openai.models.retrieve(model),
    ]) {
      const error = await thrownBy(Promise.resolve(call()), NotFoundError);
      expect(error).toMatchObject({ code: 'model_not_found', param: 'model', type: 'invalid_request_error' });
    }
  });

  test('a wrong value is a BadRequestError that names the field', async () => {
    const error = await thrownBy(openai.chat.completions.create({ ...request, temperature: 3 }), BadRequestError);
    expect(error).toMatchObject({ param: 'temperature', code: 'invalid_value', type: 'invalid_request_error' });
  });

  test('a wrong value is a BadRequestError before a stream starts', async () => {
    const call = openai.chat.completions.create({ ...request, temperature: 3, stream: true });
    expect(await thrownBy(call, BadRequestError)).toMatchObject({ param: 'temperature', code: 'invalid_value' });
  });

  test('a rate limit of Claude is a RateLimitError with its retry-after', async () => {
    app.fake.reply({ status: 429, headers: { 'retry-after': '7' } });
    const error = await thrownBy(openai.chat.completions.create(request), RateLimitError);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', type: 'rate_limit_error' });
    expect(error.headers.get('retry-after')).toBe('7');
  });

  test('failures of Claude are InternalServerErrors', async () => {
    for (const [upstream, status] of [
      [500, 500],
      [529, 503],
      [401, 502],
    ] as const) {
      app.fake.reply({ status: upstream });
      const error = await thrownBy(openai.chat.completions.create(request), InternalServerError);
      expect(error).toMatchObject({ status, type: 'server_error' });
    }
  });

  test('the client tries again by itself when told that it may', async () => {
    const patient = new OpenAI({ apiKey: app.apiKey, baseURL: `${app.url}/v1`, maxRetries: 1 });
    app.fake.reply({ status: 429, headers: { 'retry-after': '0' } });
    const answer = await patient.chat.completions.create(request);
    expect(answer.choices[0]!.message.content).toBe(TEXT);
  });

  test('a failure in the middle of a stream throws out of the loop', async () => {
    app.fake.reply({
      events: [
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
        { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      ],
    });
    const stream = await openai.chat.completions.create({ ...request, stream: true });
    let text = '';
    const read = (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    })();
    const error = await thrownBy(read, APIError);
    expect(text).toBe('Hel');
    expect(error).toMatchObject({ code: 'overloaded', type: 'server_error' });
  });
});

describe('leaving', () => {
  /** A stream that says one word and then waits for ever. */
  function replyEndlessly(): void {
    app.fake.reply({
      events: [
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
        () => new Promise<void>(() => undefined),
      ],
    });
  }

  test('abort in the middle of a stream ends the loop and closes the call to Claude', async () => {
    replyEndlessly();
    const stream = await openai.chat.completions.create({ ...request, stream: true });
    let text = '';
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (text !== '') stream.controller.abort();
    }
    const upstream = app.fake.requests.at(-1)!;
    await upstream.closed;
    expect(text).toBe('Hel');
    expect(upstream.finished).toBe(false);
  });

  test('break out of the loop closes the call to Claude', async () => {
    replyEndlessly();
    for await (const _chunk of await openai.chat.completions.create({ ...request, stream: true })) break;
    const upstream = app.fake.requests.at(-1)!;
    await upstream.closed;
    expect(upstream.finished).toBe(false);
  });

  test('abort while a whole answer is awaited closes the call to Claude', async () => {
    app.fake.reply({ hang: true });
    const controller = new AbortController();
    const count = app.fake.requests.filter(({ path }) => path === '/v1/messages').length;
    const call = openai.chat.completions.create(request, { signal: controller.signal });
    const upstream = await app.fake.waitForRequest(count + 1);
    controller.abort();
    await thrownBy(call, APIUserAbortError);
    await upstream.closed;
    expect(upstream.finished).toBe(false);
  });
});
