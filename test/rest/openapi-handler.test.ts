import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { z } from 'zod';
import { registerProcedures } from '../../server/rest/routes.ts';
import { composeMiddlewares, proceduresOf } from '../../server/trpc/procedure-internals.ts';
import { procedure, router } from '../../server/trpc/trpc.ts';
import { TrestleError } from '../../shared/error.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';

const ListRequest = z.looseObject({
  limit: z.coerce.number().int().optional(),
  archived: z.stringbool().optional(),
  // Coerced by nobody: trpc-openapi would make them of any text.
  count: z.number().optional(),
  done: z.boolean().optional(),
  since: z.date().optional(),
  tags: z.array(z.string()).optional(),
  note: z.string().optional(),
  nested: z.object({ deep: z.number() }).optional(),
});
const ChangeRequest = z.looseObject({
  id: z.string(),
  size: z.number().optional(),
  tags: z.array(z.string()).optional(),
});

const openapi = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: `/${string}`) => ({
  openapi: { method, path },
});
const things = router({
  list: procedure
    .meta(openapi('GET', '/v1/things'))
    .input(ListRequest)
    .query(({ input }) => input),
  retrieve: procedure
    .meta(openapi('GET', '/v1/things/{id}'))
    .input(z.looseObject({ id: z.string() }))
    .query(({ input }) => input),
  latest: procedure.meta(openapi('GET', '/v1/things/latest')).query(() => 'the latest'),
  create: procedure
    .meta(openapi('POST', '/v1/things'))
    .input(ChangeRequest)
    .mutation(({ input }) => input),
  replace: procedure
    .meta(openapi('PUT', '/v1/things/{id}'))
    .input(ChangeRequest)
    .mutation(({ input }) => input),
  change: procedure
    .meta(openapi('PATCH', '/v1/things/{id}'))
    .input(ChangeRequest)
    .mutation(({ input }) => input),
  remove: procedure
    .meta(openapi('DELETE', '/v1/things/{id}'))
    .input(z.looseObject({ id: z.string(), force: z.stringbool().optional(), tags: z.array(z.string()).optional() }))
    .mutation(({ input }) => input),
  clear: procedure.meta(openapi('DELETE', '/v1/things')).mutation(() => {}),
  refuse: procedure.meta(openapi('GET', '/v1/refused')).query(() => {
    throw new TrestleError('not_found', 'There is no such thing', { param: 'id' });
  }),
  fail: procedure.meta(openapi('GET', '/v1/failed')).query(() => {
    throw new Error('the password is in here');
  }),
  hidden: procedure.input(z.looseObject({})).query(() => 'only over tRPC'),
});

let app: AppResource;
beforeAll(async () => {
  app = await startApp({
    environment: { TRESTLE_BODY_LIMIT: '1000' },
    prepare: ({ http, services }) =>
      registerProcedures(http, services, proceduresOf(composeMiddlewares(router({ things })))),
  });
});
afterAll(() => app[Symbol.asyncDispose]());

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: unknown;
}

/** Sends a path as it stands here, which `fetch` would not. */
function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const all = {
    authorization: `Bearer ${app.apiKey}`,
    ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request({ port: new URL(app.url).port, method, path, headers: all }, (response) => {
      const { statusCode: status = 0, headers } = response;
      json(response).then((answered) => resolve({ status, headers, body: answered }), reject);
    });
    sent.on('error', reject).end(text);
  });
}

it.each([
  ['', {}],
  ['?limit=5', { limit: 5 }],
  ['?archived=false', { archived: false }],
  ['?archived=true&limit=0', { archived: true, limit: 0 }],
  ['?tags=a', { tags: ['a'] }],
  ['?tags=a&tags=b', { tags: ['a', 'b'] }],
  ['?tags=', { tags: [''] }],
  ['?note=', { note: '' }],
  ['?note=a%2Fb%2520c+d', { note: 'a/b%20c d' }],
  ['?constructor=x&toString=y', { constructor: 'x', toString: 'y' }],
  ['?unknown=1&unknown=2', { unknown: ['1', '2'] }],
])('reads the query %s as the contract says', async (query, input) => {
  const { status, body } = await call('GET', `/v1/things${query}`);
  expect([status, body]).toEqual([200, input]);
});

it.each([
  'count=5',
  'done=false',
  'done=',
  'since=2026-01-01',
  'limit=five',
  'archived=maybe',
  'nested=1',
  'note=1&note=2',
])('refuses the query %s, and names the field', async (query) => {
  const { status, body } = await call('GET', `/v1/things?${query}`);
  expect([status, body]).toMatchObject([400, { error: { param: query.split('=', 1)[0] } }]);
});

it('leaves the schemas that it has served as they were', async () => {
  await call('GET', '/v1/things?limit=1');
  for (const wrong of [{ count: '5' }, { done: '' }, { count: null }, { since: 0 }, { nested: { deep: '1' } }]) {
    expect([wrong, ListRequest.safeParse(wrong).success]).toEqual([wrong, false]);
  }
});

it.each([
  ['a%2Fb', 'a/b'],
  ['a%2520b', 'a%20b'],
  ['100%25', '100%'],
  ['%2e%2e', '..'],
  ['%C3%A9', 'é'],
  ['LATEST', 'LATEST'],
])('decodes the path %s once', async (path, id) => {
  expect((await call('GET', `/v1/things/${path}`)).body).toEqual({ id });
});

it('prefers a path without parameters, however late it is declared', async () => {
  expect((await call('GET', '/v1/things/latest')).body).toBe('the latest');
});

it('lets a parameter of the path win over the query and the body', async () => {
  expect((await call('GET', '/v1/things/a?id=b&x=1')).body).toEqual({ id: 'a', x: '1' });
  expect((await call('PATCH', '/v1/things/a', { id: 'b', size: 1 })).body).toEqual({ id: 'a', size: 1 });
  expect((await call('PUT', '/v1/things/a', { id: 'b', tags: [] })).body).toEqual({ id: 'a', tags: [] });
  expect((await call('DELETE', '/v1/things/a?id=b', { id: 'c' })).body).toEqual({ id: 'a' });
});

it('takes a body as it is, and coerces nothing in it', async () => {
  const thing = { id: '', size: 0, tags: ['a'], more: { deep: [null, false, ''] } };
  expect((await call('POST', '/v1/things', thing)).body).toEqual(thing);
  for (const [field, value] of [
    ['size', '5'],
    ['size', null],
    ['tags', 'a'],
  ] as const) {
    const { status, body } = await call('POST', '/v1/things', { id: 'a', [field]: value });
    expect([status, body]).toMatchObject([400, { error: { param: field } }]);
  }
});

it('refuses a body that is missing, no object, or too long', async () => {
  for (const method of ['PUT', 'PATCH']) {
    expect(await call(method, '/v1/things/a')).toMatchObject({ status: 400, body: { error: { param: null } } });
    expect(await call(method, '/v1/things/a', [1])).toMatchObject({ status: 400 });
    expect(await call(method, '/v1/things/a', { id: 'x'.repeat(1000) })).toMatchObject({ status: 413 });
  }
});

test('a DELETE needs no body, and loses nothing of one', async () => {
  const path = '/v1/things/a%2Fb?force=false&tags=x';
  const input = { id: 'a/b', force: false, tags: ['x'] };
  expect(await call('DELETE', path)).toMatchObject({ status: 200, body: input });
  const typed = await call('DELETE', path, undefined, { 'content-type': 'application/json' });
  expect(typed).toMatchObject({ status: 200, body: input });
  const reason = { reason: { why: ['old', ''] }, empty: null };
  expect(await call('DELETE', path, reason)).toMatchObject({ status: 200, body: { ...input, ...reason } });
  expect(await call('DELETE', path, ['old'])).toMatchObject({ status: 400 });
  expect(await call('DELETE', path, { why: 'x'.repeat(1000) })).toMatchObject({ status: 413 });
});

it('answers with null where a procedure answers with nothing', async () => {
  expect(await call('DELETE', '/v1/things')).toMatchObject({ status: 200, body: null });
});

it('answers failures with envelopes of OpenAI, and tells nothing of unknown ones', async () => {
  const refused = { message: 'There is no such thing', type: 'invalid_request_error', param: 'id', code: null };
  expect(await call('GET', '/v1/refused')).toMatchObject({ status: 404, body: { error: refused } });
  const { status, body } = await call('GET', '/v1/failed');
  expect([status, Object.keys(body as object)]).toEqual([500, ['error']]);
  expect(JSON.stringify(body)).not.toContain('password');
});

it('sets the headers of every route, and lets nobody in without a key', async () => {
  const { headers } = await call('GET', '/v1/things');
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-request-id': expect.stringMatching(/^req_/) as unknown,
    'openai-processing-ms': expect.stringMatching(/^\d+$/) as unknown,
  });
  for (const [method, path] of [
    ['GET', '/v1/things'],
    ['DELETE', '/v1/things/a'],
  ] as const) {
    expect(await call(method, path, undefined, { authorization: 'Bearer wrong' })).toMatchObject({ status: 401 });
  }
});

it('serves several methods at one path, and refuses the others', async () => {
  const { status, headers } = await call('POST', '/v1/things/a', {});
  expect([status, headers['allow']]).toEqual([405, 'GET, HEAD, PUT, PATCH, DELETE']);
  expect((await call('PUT', '/v1/things', {})).headers['allow']).toBe('GET, HEAD, POST, DELETE');
  const head = await fetch(`${app.url}/v1/things/a`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${app.apiKey}` },
  });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
  expect((await call('GET', '/v1/hidden')).status).toBe(404);
});
