import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHttpTransport } from '../../../client/stream/http-transport.ts';
import type { StreamCall } from '../../../client/stream/transport.ts';
import { TrestleError } from '../../../shared/error.ts';
import { eventually } from '../../support/eventually.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const CALL: StreamCall = { request: { model: 'm', messages: [] }, idempotencyKey: 'k' };
const SSE = { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_1' };

interface Asked {
  method: string;
  path: string;
  query?: string;
  headers: Record<string, string>;
  body: unknown;
}

type Reply = (signal: AbortSignal) => Response | Promise<Response>;

/** A stream whose server answers try after try as the test says; the last reply stands for all later tries. */
function served(replies: Reply[], call = CALL) {
  const asked: Asked[] = [];
  const heard: unknown[] = [];
  const failures: unknown[] = [];
  const cancel = vi.fn();
  const transport = createHttpTransport({
    url: 'http://trestle.test',
    headers: { authorization: 'Bearer key' },
    cancel,
    fetch: async (input, init = {}) => {
      const { method = 'GET', headers, body, signal } = init;
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      const text = typeof body === 'string' ? (JSON.parse(body) as unknown) : undefined;
      asked.push({
        method,
        path: pathname,
        ...(search && { query: search }),
        headers: headers as Record<string, string>,
        body: text,
      });
      return await replies[Math.min(asked.length, replies.length) - 1]!(signal!);
    },
  });
  const stop = transport(call, {
    state: (state) => heard.push(state),
    chunk: (chunk, eventId) => void heard.push(`${eventId} ${chunk.model}`),
    end: () => heard.push('end'),
    fail: (thrown) => {
      failures.push(thrown);
      heard.push(thrown instanceof TrestleError ? [thrown.status, thrown.code] : thrown);
    },
  });
  return { asked, heard, failures, cancel, stop };
}

const event = (number: number) => `id: chatcmpl-1:${number}\ndata: {"id":"chatcmpl-1","model":"m"}\n\n`;
const whole = (text: string) => (): Response => new Response(text, { headers: SSE });
const refused = (code?: string) => (): never => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('no'), code === undefined ? {} : { code }) });
};

/** Says its text and then nothing, until its signal ends it. */
function silent(text: string): Reply {
  return (signal) => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(text));
        signal.addEventListener('abort', () => controller.error(signal.reason));
      },
    });
    return new Response(body, { headers: SSE });
  };
}

test('the request is posted under its name, and read to its end', async () => {
  const { asked, heard } = served([whole(`${event(0)}: keep-alive\n\n${event(1)}data: [DONE]\n\n`)]);
  await eventually(() => expect(heard).toEqual(['open', 'chatcmpl-1:0 m', 'chatcmpl-1:1 m', 'end']));
  expect(asked).toEqual([
    {
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer key', 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: { model: 'm', messages: [], stream: true },
    },
  ]);
  expect(vi.getTimerCount()).toBe(0);
});

test('an answer that ends without its end is gone on with after its last event', async () => {
  const { asked, heard } = served([whole(event(0)), whole(`${event(1)}data: [DONE]\n\n`)]);
  await eventually(() => expect(heard.at(-1)).toBe('end'));
  expect(heard).toEqual(['open', 'chatcmpl-1:0 m', 'resuming', 'open', 'chatcmpl-1:1 m', 'end']);
  expect(asked[1]).toEqual({
    method: 'GET',
    path: '/v1/chat/completions/chatcmpl-1/events',
    query: '?last_event_id=chatcmpl-1%3A0',
    headers: { authorization: 'Bearer key', 'last-event-id': 'chatcmpl-1:0' },
    body: undefined,
  });
});

test('an answer without an event yet is asked for again as it was', async () => {
  const { asked, heard } = served([refused(), whole(''), whole(`${event(0)}data: [DONE]\n\n`)]);
  await eventually(() => expect(heard.at(-1)).toBe('end'));
  expect(heard.slice(0, 3)).toEqual(['connecting', 'open', 'resuming']);
  expect(asked).toHaveLength(3);
  expect(new Set(asked.map((one) => JSON.stringify(one))).size).toBe(1);
});

test('a connection that has fallen silent is lost', async () => {
  const { heard } = served([silent(event(0)), whole('data: [DONE]\n\n')]);
  await eventually(() => expect(heard).toContain('chatcmpl-1:0 m'));
  await vi.advanceTimersByTimeAsync(12_100);
  expect(heard).toEqual(['open', 'chatcmpl-1:0 m', 'resuming', 'open', 'end']);
});

test('an answer that is an error is not asked for again, also when a stream is gone on with', async () => {
  const error = { message: 'gone', type: 'invalid_request_error', param: 'lastEventId', code: 'stream_not_resumable' };
  const gone = (): Response => Response.json({ error }, { status: 412, headers: { 'retry-after': '3' } });
  const { asked, heard, failures } = served([whole(event(0)), gone]);
  await eventually(() => expect(heard.at(-1)).toEqual([412, 'stream_not_resumable']));
  expect(failures).toMatchObject([{ param: 'lastEventId', retryAfter: 3 }]);
  expect(asked).toHaveLength(2);
});

const PROXY_ANSWERS: [string, Reply][] = [
  ...[429, 502, 503, 504, 520].map((status): [string, Reply] => [
    `${status} of a proxy`,
    () => new Response('<html>', { status, headers: { 'content-type': 'text/html', 'retry-after': '2' } }),
  ]),
  ['a captive portal', () => new Response('<html>Please log in', { headers: { 'content-type': 'text/html' } })],
];
test.each(PROXY_ANSWERS)('%s is a lost connection when a stream is gone on with', async (_name, reply) => {
  const { asked, heard } = served([whole(event(0)), reply, reply, whole(`${event(1)}data: [DONE]\n\n`)]);
  await vi.advanceTimersByTimeAsync(8000);
  expect(heard.filter((one) => one !== 'resuming')).toEqual([
    'open',
    'chatcmpl-1:0 m',
    'open',
    'chatcmpl-1:1 m',
    'end',
  ]);
  expect(asked).toHaveLength(4);
});

test.each(PROXY_ANSWERS)('%s for longer than that is the reason why the connection failed', async (_name, reply) => {
  const { heard, failures } = served([whole(event(0)), reply]);
  await vi.advanceTimersByTimeAsync(16_000);
  expect(heard.at(-1)).toEqual([0, 'connection_error']);
  expect(failures).toMatchObject([{ message: expect.stringContaining("does not speak Trestle's contract") }]);
  expect(vi.getTimerCount()).toBe(0);
});

test('what is asked for to wait is waited for', async () => {
  const busy = (): Response => new Response('', { status: 503, headers: { 'retry-after': '7' } });
  const { asked, heard } = served([whole(event(0)), busy, whole(`${event(1)}data: [DONE]\n\n`)]);
  await vi.advanceTimersByTimeAsync(6900);
  expect(asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(300);
  expect(heard.at(-1)).toBe('end');
});

const draining = { message: 'The server is shutting down', type: 'server_error', param: null, code: 'draining' };
test.each<[string, Reply]>([
  ['before it began', () => Response.json({ error: draining }, { status: 503, headers: { 'retry-after': '1' } })],
  ['in its middle', whole(`${event(0)}data: ${JSON.stringify({ error: draining })}\nevent: error\n\n`)],
])('a stream of a server that is about to stop is asked for again, %s', async (_when, reply) => {
  const { heard } = served([reply, whole(`${event(1)}data: [DONE]\n\n`)]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(heard.slice(-2)).toEqual(['chatcmpl-1:1 m', 'end']);

  const only = served([reply]);
  await vi.advanceTimersByTimeAsync(90_000);
  expect(only.heard.at(-1)).toEqual([503, 'draining']);
  expect(vi.getTimerCount()).toBe(0);
});

test('a server that is restarted before its first event is asked again', async () => {
  const { asked, heard } = served([
    refused('ECONNRESET'),
    refused('ECONNREFUSED'),
    refused('ECONNREFUSED'),
    refused('ECONNREFUSED'),
    refused('ECONNREFUSED'),
    whole(`${event(0)}data: [DONE]\n\n`),
  ]);
  await vi.advanceTimersByTimeAsync(8000);
  expect(heard.slice(-2)).toEqual(['chatcmpl-1:0 m', 'end']);
  expect(asked).toHaveLength(6);
});

test('events that a proxy gives twice come once', async () => {
  const { asked, heard } = served([
    whole(`${event(0)}${event(1)}`),
    whole(`${event(0)}${event(1)}${event(2)}data: [DONE]\n\n`),
  ]);
  await eventually(() => expect(heard.at(-1)).toBe('end'));
  expect(heard.filter((one) => String(one).startsWith('chatcmpl'))).toEqual([
    'chatcmpl-1:0 m',
    'chatcmpl-1:1 m',
    'chatcmpl-1:2 m',
  ]);
  expect(asked[1]).toMatchObject({ query: '?last_event_id=chatcmpl-1%3A1' });
});

test('an answer is asked for by the name of its request, and cancelled by it', async () => {
  const named = served([silent('')], { idempotencyKey: 'k' });
  await eventually(() => expect(named.heard).toEqual(['open']));
  expect(named.asked).toMatchObject([
    { method: 'GET', path: '/v1/chat/completions/events', headers: { 'idempotency-key': 'k' } },
  ]);
  named.stop();
  expect(named.cancel.mock.calls).toEqual([[{ idempotencyKey: 'k' }]]);
});

test('a fetch without streams, as React Native has it, gives the answer at its end', async () => {
  const bodyless = (): Response =>
    Object.defineProperty(whole(`${event(0)}${event(1)}data: [DONE]\n\n`)(), 'body', { value: undefined });
  const { heard } = served([bodyless]);
  await eventually(() => expect(heard).toEqual(['open', 'chatcmpl-1:0 m', 'chatcmpl-1:1 m', 'end']));
});

test.each([
  ['rate_limit_error', 'rate_limit_exceeded', 429],
  ['server_error', 'upstream_error', 502],
  ['server_error', null, 500],
  ['invalid_request_error', null, 400],
  ['server_error', 'of_a_later_version', 500],
])('an error of type %s and code %s in the stream has the status %i', async (type, code, status) => {
  const error = { message: 'broke off', type, param: null, code };
  const { asked, heard, failures } = served([whole(`${event(0)}data: ${JSON.stringify({ error })}\n\n`)]);
  await eventually(() => expect(heard.at(-1)).toEqual([status, code]));
  expect(failures).toMatchObject([{ message: 'broke off', requestId: 'req_1' }]);
  expect(asked).toHaveLength(1);
});

test.each<[string, Reply]>([
  ['a page of a proxy', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
  ['JSON instead of events', () => Response.json({ object: 'chat.completion' })],
  ['an event that is no JSON', whole('id: chatcmpl-1:0\ndata: {"id"\n\n')],
  ['an event without an id', whole('data: {"id":"chatcmpl-1"}\n\n')],
])('%s is not the contract', async (_name, reply) => {
  const { asked, heard } = served([reply]);
  await eventually(() => expect(heard.at(-1)).toEqual([200, null]));
  expect(asked).toHaveLength(1);
});

test('where nothing listens is said at once, and where that is not known, soon', async () => {
  const known = served([refused('ECONNREFUSED')]);
  await eventually(() => expect(known.heard).toEqual([[0, 'connection_error']]));
  expect(known.asked).toHaveLength(1);

  const unknown = served([refused()]);
  await vi.advanceTimersByTimeAsync(5000);
  expect(unknown.heard.at(-1)).toEqual([0, 'connection_error']);
  expect(unknown.asked.length).toBeGreaterThan(3);
  expect(vi.getTimerCount()).toBe(0);
});

test('a request that was lost is waited for as long as the server takes to begin', async () => {
  const late = (reply: Reply): Reply => {
    return async (signal) => {
      await new Promise((resolve) => setTimeout(resolve, 9000));
      return reply(signal);
    };
  };
  const begun = served([refused('ECONNRESET'), late(whole(`${event(0)}data: [DONE]\n\n`))]);
  await vi.advanceTimersByTimeAsync(9200);
  expect(begun.heard).toEqual(['connecting', 'open', 'chatcmpl-1:0 m', 'end']);

  const lost = served([refused(), late(refused())]);
  await vi.advanceTimersByTimeAsync(9200);
  expect(lost.heard).toEqual(['connecting', [0, 'connection_error']]);
  expect(lost.asked).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('a lost connection is made again for a while, also where nothing listens just now', async () => {
  const { asked, heard } = served([silent(event(0)), refused('ECONNREFUSED')]);
  await vi.advanceTimersByTimeAsync(12_000 + 14_000);
  expect(heard.at(-1)).toBe('resuming');
  await vi.advanceTimersByTimeAsync(2000);
  expect(heard.at(-1)).toEqual([0, 'connection_error']);
  expect(asked.length).toBeLessThan(30);
  expect(vi.getTimerCount()).toBe(0);
});

test('leaving cancels the answer by its id, or by the name of its request', async () => {
  const begun = served([silent(event(3))]);
  await eventually(() => expect(begun.heard).toContain('chatcmpl-1:3 m'));
  begun.stop();
  expect(begun.cancel.mock.calls).toEqual([[{ id: 'chatcmpl-1' }]]);

  const waiting = served([
    (signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  ]);
  waiting.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(waiting.cancel.mock.calls).toEqual([[{ idempotencyKey: 'k' }]]);

  const finished = served([whole('data: [DONE]\n\n')]);
  await eventually(() => expect(finished.heard).toContain('end'));
  finished.stop();
  expect(finished.cancel).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
