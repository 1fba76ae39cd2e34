import { createTRPCClient, httpLink } from '@trpc/client';
import superjson from 'superjson';
import { expect, test } from 'vitest';
import type { AppRouter } from '../../client/contract/app-router.ts';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { linesOf } from '../support/batch-client.ts';
import { HELLO } from '../support/rest-request.ts';

const CHAT = '/v1/chat/completions';

function clientOf({ url, apiKey }: AppResource) {
  const headers = { authorization: `Bearer ${apiKey}` };
  return createTRPCClient<AppRouter>({ links: [httpLink({ url: `${url}/trpc`, transformer: superjson, headers })] });
}

test('files are kept, listed, read and deleted by typed procedures', async () => {
  await using app = await startApp();
  const { files } = clientOf(app);
  const text = await files.create.mutate({ filename: 'a.jsonl', purpose: 'batch', content: 'ä\n' });
  const bytes = await files.create.mutate({
    filename: 'b.bin',
    purpose: 'user_data',
    content: '/w==',
    encoding: 'base64',
    expires_after: { anchor: 'created_at', seconds: 3600 },
  });
  expect([text.bytes, bytes.bytes, bytes.expires_at - bytes.created_at]).toEqual([3, 1, 3600]);
  expect((await files.list.query({ order: 'asc' })).data).toEqual([text, bytes]);
  expect(await files.retrieve.query({ id: text.id })).toEqual(text);
  expect(await files.content.query({ id: text.id })).toEqual({ content: 'ä\n', encoding: 'utf8' });
  expect(await files.content.query({ id: bytes.id })).toEqual({ content: '/w==', encoding: 'base64' });
  expect((await files.delete.mutate({ id: text.id })).deleted).toBe(true);
  await expect(files.content.query({ id: text.id })).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } });
  await expect(
    files.create.mutate({ filename: 'c', purpose: 'batch', content: '?', encoding: 'base64' }),
  ).rejects.toMatchObject({ data: { error: { param: 'content' } } });
});

test('batches are made, listed, retrieved and cancelled by typed procedures', async () => {
  await using app = await startApp();
  const { files, batches } = clientOf(app);
  const content = linesOf(CHAT, [HELLO, HELLO]);
  const input = await files.create.mutate({ filename: 'in.jsonl', purpose: 'batch', content });
  const asked = { input_file_id: input.id, endpoint: CHAT, completion_window: '24h' } as const;
  const made = await batches.create.mutate({ ...asked, metadata: { job: '7' } });
  expect(made).toMatchObject({ status: 'in_progress', metadata: { job: '7' }, request_counts: { total: 2 } });
  const done = await batches.retrieve.query({ id: made.id });
  expect(done.status).toBe('completed');
  const output = await files.content.query({ id: done.output_file_id! });
  expect(output.content.trimEnd().split('\n')).toHaveLength(2);
  app.fake.batches.holds = true;
  const { id } = await batches.create.mutate(asked);
  expect((await batches.cancel.mutate({ id })).status).toBe('cancelling');
  expect((await batches.list.query({})).data.map((batch) => batch.id)).toEqual([id, made.id]);
  await expect(batches.retrieve.query({ id: 'batch_x' })).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } });
});
