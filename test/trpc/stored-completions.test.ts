import { createTRPCClient, httpLink } from '@trpc/client';
import superjson from 'superjson';
import { expect, test } from 'vitest';
import type { AppRouter } from '../../client/contract/app-router.ts';
import { startApp } from '../support/app-resource.ts';
import { HELLO } from '../support/rest-request.ts';

test('stored completions are listed, retrieved, changed and deleted by typed procedures', async () => {
  await using app = await startApp();
  const headers = { authorization: `Bearer ${app.apiKey}` };
  const { chat } = createTRPCClient<AppRouter>({
    links: [httpLink({ url: `${app.url}/trpc`, transformer: superjson, headers })],
  });
  const messages = [{ role: 'user' as const, content: 'Hello' }];
  const asked = { model: HELLO.model, messages, store: true, metadata: { topic: 'typed' } };
  const completion = await chat.complete.mutate(asked);
  const { id } = completion;
  const query = { metadata: { topic: 'typed' } };
  expect(await chat.stored.list.query(query)).toEqual({
    object: 'list',
    data: [{ ...completion, metadata: { topic: 'typed' } }],
    first_id: id,
    last_id: id,
    has_more: false,
  });
  expect((await chat.stored.messages.query({ id })).data).toMatchObject([{ role: 'user', content: 'Hello' }]);
  expect((await chat.stored.update.mutate({ id, metadata: { topic: 'other' } })).metadata).toEqual({ topic: 'other' });
  expect((await chat.stored.retrieve.query({ id })).metadata).toEqual({ topic: 'other' });
  expect((await chat.stored.delete.mutate({ id })).deleted).toBe(true);
  await expect(chat.stored.retrieve.query({ id })).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } });
});
