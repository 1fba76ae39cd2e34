import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { describe, expect, it, vi } from 'vitest';
import { replyTo } from '../../../server/demo/reply.ts';
import { startSimulatedClaude, streamReply } from '../../../server/demo/simulated-claude.ts';
import { eventually } from '../../support/eventually.ts';

vi.mock('node:timers/promises', { spy: true });

const HELLO = {
  model: 'claude-sonnet-5-5',
  max_tokens: 1000,
  messages: [{ role: 'user' as const, content: 'Hello there, 世界 😀' }],
};
const HOUR = 3_600_000;

async function demo(pace = 0): Promise<AsyncDisposable & { url: string; client: Anthropic }> {
  const server = await startSimulatedClaude({ pace });
  const client = new Anthropic({ apiKey: 'none', baseURL: server.url, maxRetries: 0 });
  return { url: server.url, client, [Symbol.asyncDispose]: () => server.close() };
}

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
}

describe('startSimulatedClaude', () => {
  it('answers the SDK with the same message, streamed or not', async () => {
    await using server = await demo();
    const tools = [{ name: 'go', input_schema: { type: 'object' as const, required: ['to'] } }];
    const thinking = { type: 'adaptive' as const, display: 'summarized' as const };
    for (const params of [HELLO, { ...HELLO, tools }, { ...HELLO, thinking }, { ...HELLO, max_tokens: 3 }]) {
      const whole = await server.client.messages.create(params);
      const streamed = await server.client.messages.stream(params).finalMessage();
      expect(streamed.content.map(withoutId)).toEqual(whole.content.map(withoutId));
      expect(streamed).toMatchObject({ stop_reason: whole.stop_reason, usage: whole.usage });
      expect(streamed.id).not.toBe(whole.id);
    }
  });

  it('streams the events in the documented order, each named after its type', async () => {
    await using server = await demo(1);
    const response = await post(`${server.url}/v1/messages`, { ...HELLO, stream: true });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const types: string[] = [];
    for await (const event of response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(parser())) {
      expect((JSON.parse(event.data) as { type: string }).type).toBe(event.event);
      if (event.event !== types.at(-1)) types.push(event.event!);
    }
    const block = ['content_block_start', 'content_block_delta', 'content_block_stop'];
    expect(types).toEqual(['message_start', 'ping', ...block, 'message_delta', 'message_stop']);
  });

  it('counts tokens and lists no models of its own', async () => {
    await using server = await demo();
    const { model, messages } = HELLO;
    expect((await server.client.messages.countTokens({ model, messages })).input_tokens).toBeGreaterThan(0);
    expect(await (await fetch(`${server.url}/v1/models?limit=9`)).json()).toMatchObject({ data: [], has_more: false });
  });

  it.each([
    ['POST', '/v1/messages', '{', 400, 'invalid_request_error'],
    ['POST', '/v1/messages', 'null', 400, 'invalid_request_error'],
    ['POST', '/v1/messages', '{"model":"m","max_tokens":1,"messages":[]}', 400, 'invalid_request_error'],
    ['POST', '/v1/messages', '{"model":"m","messages":[{"role":"user","content":"a"}]}', 400, 'invalid_request_error'],
    ['POST', '/v1/messages', '{"model":"m","max_tokens":1,"messages":[null]}', 500, 'api_error'],
    ['POST', '/v1/nothing', '{}', 404, 'not_found_error'],
    ['PUT', '/v1/messages', '{}', 404, 'not_found_error'],
  ])('answers %s %s %s with %i and an error body', async (method, path, body, status, type) => {
    await using server = await demo();
    const response = await fetch(server.url + path, { method, body });
    expect(response.status).toBe(status);
    const request_id = response.headers.get('request-id');
    expect(await response.json()).toMatchObject({ type: 'error', error: { type }, request_id });
  });

  it('answers others while one stream is slow, and closes with it still open', async () => {
    const server = await demo(HOUR);
    const { response } = await openStream(server.url);
    expect((await post(`${server.url}/v1/messages`, HELLO)).status).toBe(200);
    const cut = once(response, 'error');
    await server[Symbol.asyncDispose]();
    expect((await cut)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('ends its pause when the client goes away', async () => {
    await using server = await demo(HOUR);
    vi.mocked(setTimeout).mockClear();
    const { request } = await openStream(server.url);
    await eventually(() => expect(setTimeout).toHaveBeenCalledOnce());
    request.destroy();
    await expect(vi.mocked(setTimeout).mock.results[0]!.value).rejects.toThrow('aborted');
  });
});

describe('streamReply', () => {
  it('stops in the middle of a pause when the client is gone', async () => {
    const gone = new AbortController();
    const events = streamReply(replyTo(HELLO, 1), HOUR, gone.signal);
    for (const type of ['message_start', 'ping', 'content_block_start']) {
      expect((await events.next()).value).toContain(`event: ${type}\n`);
    }
    const delta = events.next();
    gone.abort();
    await expect(delta).rejects.toThrow('aborted');
    expect((await events.next()).done).toBe(true);
  });
});

/** A stream that has begun; the SDK and fetch would not let it be cut this bluntly. */
async function openStream(url: string): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  const request = httpRequest(`${url}/v1/messages`, { method: 'POST' });
  request.on('error', () => {});
  request.end(JSON.stringify({ ...HELLO, stream: true }));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  expect(String((await once(response, 'data'))[0])).toContain('message_start');
  return { request, response };
}

function parser(): EventSourceParserStream {
  return new EventSourceParserStream();
}

function withoutId(block: object): object {
  return { ...block, id: undefined };
}
