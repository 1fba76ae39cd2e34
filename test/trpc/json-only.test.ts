import { createTRPCClient, httpLink, type TRPCClient, TRPCClientError } from '@trpc/client';
import superjson from 'superjson';
import { expect, test } from 'vitest';
import type { AppRouter } from '../../server/trpc/routers/app-router.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { HELLO } from '../support/rest-request.ts';
import { connect } from './socket-client.ts';

const REQUEST = { model: HELLO.model, messages: [{ role: 'user' as const, content: 'Hello' }] };
const parameters = { type: 'object', properties: { n: { type: 'integer', maximum: 2n ** 64n } } };
const tools = [{ type: 'function' as const, function: { name: 'count', parameters } }];

function clientOf(app: AppResource, headers: Record<string, string> = {}): TRPCClient<AppRouter> {
  return createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${app.url}/trpc`,
        transformer: superjson,
        headers: { authorization: `Bearer ${app.apiKey}`, ...headers },
      }),
    ],
  });
}

/** The error's data; throws when the call did not fail with one of ours. */
async function dataOf(call: Promise<unknown>): Promise<unknown> {
  const thrown: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof TRPCClientError) return (thrown as { data?: unknown }).data;
  throw new Error('the call did not fail', { cause: thrown });
}

// tRPC's transformer carries BigInt, Map and cycles; JSON, which Claude reads, does not.

test('a BigInt in a schema is a 400 that names the field, at each door of tRPC', async () => {
  await using app = await startApp();
  await using socket = connect(app);
  const refused = {
    httpStatus: 400,
    error: { type: 'invalid_request_error', param: 'tools[0].function.parameters' },
  };
  const client = clientOf(app);
  expect(await dataOf(client.chat.complete.mutate({ ...REQUEST, tools }))).toMatchObject(refused);
  expect(await dataOf(client.chat.countTokens.query({ ...REQUEST, tools }))).toMatchObject(refused);
  const streamed = new Promise((_resolve, reject) => {
    socket.client.chat.stream.subscribe({ ...REQUEST, tools }, { onError: reject });
  });
  expect(await dataOf(streamed)).toMatchObject(refused);
  expect(app.fake.requests).toEqual([]);
});

test('a BigInt under an Idempotency-Key is a 400 as well', async () => {
  await using app = await startApp();
  const client = clientOf(app, { 'idempotency-key': 'k1' });
  expect(await dataOf(client.chat.complete.mutate({ ...REQUEST, tools }))).toMatchObject({ httpStatus: 400 });
  expect(app.fake.requests).toEqual([]);
});

test('a BigInt in a field that nobody knows is noted, as the field is', async () => {
  await using app = await startApp();
  const completion = await clientOf(app).chat.complete.mutate(Object.assign({ wish: 1n }, REQUEST));
  expect(completion.notices).toMatchObject([{ param: 'wish', action: 'ignored' }]);
});
