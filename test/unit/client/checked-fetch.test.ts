import { expect, test } from 'vitest';
import { createTrestleClient } from '../../../client/index.ts';

const request = { model: 'claude-sonnet-5-5', messages: [{ role: 'user' as const, content: 'Hello!' }] };

function answering(status: number, text: string, headers: Record<string, string> = {}) {
  return createTrestleClient({
    url: 'http://trestle.test',
    fetch: async () => new Response(text, { status, headers }),
  });
}

test("an envelope from before the procedure keeps its fields and the request's id", async () => {
  const error = { message: 'too large', type: 'invalid_request_error', param: null, code: 'request_too_large' };
  const client = answering(413, JSON.stringify({ error }), { 'x-request-id': 'req_1' });
  await expect(client.complete(request)).rejects.toMatchObject({ ...error, status: 413, requestId: 'req_1' });
});

test.each([
  [502, 'server_error'],
  [407, 'invalid_request_error'],
  [200, 'server_error'],
])('a page of a proxy with status %i is named as such', async (status, type) => {
  const client = answering(status, '<html>Bad gateway</html>');
  await expect(client.models.list()).rejects.toMatchObject({ name: 'TrestleError', status, type, code: null });
});

test('JSON that is not the contract is an error too', async () => {
  await expect(answering(200, '{"hello":"world"}').complete(request)).rejects.toMatchObject({ name: 'TrestleError' });
});

test('a fetch that fails is a connection error that says what was at the bottom of it', async () => {
  const cause = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
  const client = createTrestleClient({
    url: 'http://trestle.test',
    fetch: () => Promise.reject(new TypeError('fetch failed', { cause })),
  });
  await expect(client.complete(request)).rejects.toMatchObject({
    status: 0,
    code: 'connection_error',
    message: expect.stringContaining('ENOTFOUND'),
  });
});

test('the key and strictness go out as headers', async () => {
  const addresses: string[] = [];
  const sent: Headers[] = [];
  const client = createTrestleClient({
    url: 'http://trestle.test/',
    apiKey: 'k',
    strict: true,
    fetch: async (url, init) => {
      addresses.push(new Request(url).url);
      sent.push(new Headers(init?.headers));
      return new Response('{"result":{"data":{"json":{"object":"list","data":[]}}}}');
    },
  });
  expect(await client.models.list()).toEqual({ object: 'list', data: [] });
  expect(addresses).toEqual([expect.stringMatching(/^http:\/\/trestle\.test\/trpc\/models\.list\?/)]);
  expect(sent[0]?.get('authorization')).toBe('Bearer k');
  expect(sent[0]?.get('x-trestle-strict')).toBe('true');
});
