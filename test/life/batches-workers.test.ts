import { toFile } from 'openai-7';
import { expect, test } from 'vitest';
import { batchClient, linesOf, readLines } from '../support/batch-client.ts';
import { startFakeClaude } from '../support/fake-claude.ts';
import { HELLO } from '../support/rest-request.ts';
import { startWorkers } from './worker-server.ts';

const CHAT = '/v1/chat/completions';

test('each worker finds every file and batch, and one of them finishes a batch, once', async () => {
  await using fake = await startFakeClaude();
  await using workers = await startWorkers(fake);
  // A connection of its own for each request: those go to the workers in turn.
  const openai = batchClient(workers).withOptions({ defaultHeaders: { connection: 'close' } });
  const lines = linesOf(
    CHAT,
    Array.from({ length: 50 }, () => HELLO),
  );
  const file = await openai.files.create({ file: await toFile(Buffer.from(lines), 'in.jsonl'), purpose: 'batch' });
  const { id } = await openai.batches.create({ input_file_id: file.id, endpoint: CHAT, completion_window: '24h' });
  await Promise.all(Array.from({ length: 8 }, () => openai.batches.retrieve(id)));
  const batch = await openai.batches.retrieve(id);
  expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 50, completed: 50, failed: 0 } });
  expect((await readLines(openai, batch.output_file_id)).size).toBe(50);
  expect((await openai.files.list({ purpose: 'batch_output' })).data).toHaveLength(1);
  expect(fake.requests.filter(({ path }) => path.endsWith('/results'))).toHaveLength(1);
  const counted = await workers.metrics();
  const tokens = ['prompt', 'completion'].map((kind) => counted[`trestle_batch_tokens_total{kind="${kind}"}`]!);
  expect(tokens[0]! + tokens[1]!).toBe(batch.usage!.total_tokens);
});
