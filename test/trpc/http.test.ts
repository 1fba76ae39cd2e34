import { createTRPCClient, httpBatchLink, httpLink, TRPCClientError, type TRPCClient } from '@trpc/client';
import superjson from 'superjson';
import { expect, it } from 'vitest';
import type { AppRouter } from '../../server/trpc/routers/app-router.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { MODEL } from '../upstream/post-chat.ts';

const REQUEST = { model: MODEL, messages: [{ role: 'user' as const, content: 'Hello' }] };
const TEXT = 'Hello! How can I help you today?';

interface ClientOptions {
  apiKey?: string;
  batch?: boolean;
  headers?: Record<string, string>;
}

function clientOf(
  app: AppResource,
  { apiKey = app.apiKey, batch = false, headers = {} }: ClientOptions = {},
): TRPCClient<AppRouter> {
  const options = {
    url: `${app.url}/trpc`,
    transformer: superjson,
    headers: { ...headers, authorization: `Bearer ${apiKey}` },
  };
  return createTRPCClient<AppRouter>({ links: [batch ? httpBatchLink(options) : httpLink(options)] });
}

async function dataOf(call: Promise<unknown>): Promise<unknown> {
  const thrown: unknown = await call.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(TRPCClientError);
  return (thrown as { data: unknown }).data;
}

interface SseEvent {
  event: string;
  id: string | undefined;
  data: string;
}

/** The SSE route of the subscription, read by hand. */
async function subscribe(
  app: AppResource,
  input: object,
  query = '',
): Promise<{ response: Response; events: SseEvent[] }> {
  const text = encodeURIComponent(JSON.stringify({ json: input }));
  const response = await fetch(`${app.url}/trpc/chat.stream?input=${text}${query}`, {
    headers: { authorization: `Bearer ${app.apiKey}`, accept: 'text/event-stream' },
  });
  const records = (await response.text()).split('\n\n').filter((record) => record.trim() !== '');
  const events = records.map((record) => {
    const field = (name: string): string | undefined => new RegExp(`^${name}: ?(.*)$`, 'm').exec(record)?.[1];
    return { event: field('event') ?? 'message', id: field('id'), data: field('data') ?? '' };
  });
  return { response, events };
}

it('gives whole answers and models', async () => {
  await using app = await startApp();
  const client = clientOf(app);
  const completion = await client.chat.complete.mutate(REQUEST);
  expect(completion).toMatchObject({ object: 'chat.completion', choices: [{ message: { content: TEXT } }] });
  const { data } = await client.models.list.query();
  expect(data.map(({ id }) => id)).toContain('claude-opus-5-5');
  expect(await client.models.retrieve.query({ model: 'claude-opus-5-5' })).toMatchObject({
    max_output_tokens: 128_000,
  });
});

it('refuses a wrong key', async () => {
  await using app = await startApp();
  const client = clientOf(app, { apiKey: 'wrong' });
  expect(await dataOf(client.chat.complete.mutate(REQUEST))).toMatchObject({
    code: 'UNAUTHORIZED',
    httpStatus: 401,
    error: { code: 'invalid_api_key' },
  });
  expect(app.fake.requests).toEqual([]);
});

it('names chat.stream to a caller that wants chat.complete to stream', async () => {
  await using app = await startApp();
  const data = await dataOf(clientOf(app).chat.complete.mutate({ ...REQUEST, stream: true }));
  expect(data).toMatchObject({
    code: 'BAD_REQUEST',
    httpStatus: 400,
    error: { param: 'stream', type: 'invalid_request_error', message: expect.stringContaining('chat.stream') },
  });
  expect(app.fake.requests).toEqual([]);
});

it('carries the envelope, the status and the id of the request in an error', async () => {
  await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  app.fake.reply({ status: 429, headers: { 'retry-after': '7' } });
  const response = await fetch(`${app.url}/trpc/chat.complete`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${app.apiKey}` },
    body: JSON.stringify({ json: REQUEST }),
  });
  expect(response.status).toBe(429);
  const { error } = (await response.json()) as { error: { json: { data: object } } };
  expect(error.json.data).toMatchObject({
    code: 'TOO_MANY_REQUESTS',
    httpStatus: 429,
    retryAfter: 7,
    requestId: response.headers.get('x-request-id'),
    error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null },
  });
});

it('honours x-trestle-strict', async () => {
  await using app = await startApp();
  const call = clientOf(app, { headers: { 'x-trestle-strict': 'true' } }).chat.complete.mutate({ ...REQUEST, seed: 7 });
  expect(await dataOf(call)).toMatchObject({
    httpStatus: 400,
    error: { code: 'unsupported_parameter', param: 'seed' },
  });
});

it('takes batches of ten calls and refuses longer ones', async () => {
  await using app = await startApp();
  const client = clientOf(app, { batch: true });
  const ten = await Promise.all(Array.from({ length: 10 }, () => client.models.retrieve.query({ model: MODEL })));
  expect(ten.map(({ object }) => object)).toEqual(Array.from({ length: 10 }, () => 'model'));
  const eleven = await Promise.all(
    Array.from({ length: 11 }, () => dataOf(client.models.retrieve.query({ model: MODEL }))),
  );
  const message = expect.stringMatching(
    /^A batch holds at most 10 calls over HTTP, and 100 .* over WebSocket$/,
  ) as string;
  for (const data of eleven) expect(data).toMatchObject({ httpStatus: 400, error: { message } });
});

it('refuses bodies over TRESTLE_BODY_LIMIT, and bodies that are not JSON', async () => {
  await using app = await startApp({ environment: { TRESTLE_BODY_LIMIT: '4096' } });
  const post = async (body: string, type = 'application/json'): Promise<[number, string]> => {
    const headers = { 'content-type': type, authorization: `Bearer ${app.apiKey}` };
    const response = await fetch(`${app.url}/trpc/chat.complete`, { method: 'POST', headers, body });
    return [response.status, await response.text()];
  };
  const large = JSON.stringify({ json: { ...REQUEST, user: 'x'.repeat(5000) } });
  const answers = [
    await post(large),
    await post('{"json":'),
    await post(JSON.stringify({ json: REQUEST }), 'text/plain'),
  ];
  expect(answers.map(([status]) => status)).toEqual([413, 400, 415]);
  for (const [, text] of answers) {
    expect(text).toContain('"error"');
    expect(text).not.toMatch(/stack|\bat \/|SyntaxError|node_modules/);
  }
  expect(app.fake.requests).toEqual([]);
});

it('answers an unknown procedure and a wrong method in our own words', async () => {
  await using app = await startApp();
  const headers = { authorization: `Bearer ${app.apiKey}` };
  const unknown = await fetch(`${app.url}/trpc/no.such`, { headers });
  const wrong = await fetch(`${app.url}/trpc/chat.complete?input=${encodeURIComponent('{"json":{}}')}`, { headers });
  expect([unknown.status, wrong.status]).toEqual([404, 405]);
  expect(await unknown.json()).toMatchObject({ error: { json: { message: 'There is no such procedure' } } });
  expect(await wrong.text()).not.toMatch(/stack|node_modules/);
});

it('streams chat.stream as server-sent events with ascending ids', async () => {
  await using app = await startApp();
  const { response, events } = await subscribe(app, REQUEST);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const chunks = events.filter(({ event, id }) => event === 'message' && id !== undefined);
  const [first] = chunks;
  const completion = first!.id!.split(':')[0];
  expect(chunks.map(({ id }) => id)).toEqual(chunks.map((_, index) => `${completion}:${index}`));
  expect(chunks.map(({ data }) => data).join('')).toContain('"finish_reason":"stop"');
  expect(events.at(-1)?.event).toBe('return');
});

it.each([
  ['an overload', { status: 529 }, 503],
  ['a failure of Claude', { status: 500 }, 500],
  ['a broken connection', { reset: true as const }, 502],
  ['a refused key', { status: 401 }, 502],
])(
  'never ends a subscription with an error that the SSE link would run again after: %s',
  async (_name, answer, status) => {
    await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
    app.fake.reply(answer);
    const { events } = await subscribe(app, REQUEST);
    const failures = events.filter(({ event }) => event === 'serialized-error');
    expect(failures).toHaveLength(1);
    const { json } = JSON.parse(failures[0]!.data) as { json: { code: number; data: object } };
    expect(json).toMatchObject({ code: -32_600, data: { httpStatus: status, error: { type: 'server_error' } } });
    expect(JSON.stringify(events)).not.toContain('-32603');
  },
);

it('refuses to resume a subscription, and Claude is not called', async () => {
  await using app = await startApp();
  const { events } = await subscribe(app, REQUEST, '&lastEventId=chatcmpl-1%3A4');
  const { json } = JSON.parse(events.find(({ event }) => event === 'serialized-error')!.data) as { json: object };
  expect(json).toMatchObject({ data: { httpStatus: 412, error: { code: 'stream_not_resumable' } } });
  expect(app.fake.requests).toEqual([]);
});
