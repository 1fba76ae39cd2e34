import { expect, onTestFinished, test } from 'vitest';
import { Batches } from '../../../server/batches/batches.ts';
import { createCallRecord } from '../../../server/calls/call.ts';
import { Cancellation } from '../../../server/calls/cancellation.ts';
import { Files } from '../../../server/files/files.ts';
import { MemoryStorage } from '../../../server/store/memory-storage.ts';
import { ACCESS } from '../../support/access.ts';
import { startApp } from '../../support/app-resource.ts';
import { linesOf } from '../../support/batch-client.ts';
import { HELLO } from '../../support/rest-request.ts';

const CHAT = '/v1/chat/completions';
const call = {
  owner: 'someone',
  access: ACCESS,
  strict: false,
  record: createCallRecord(),
  signal: new Cancellation(),
};

/** What the answers cost is not looked at. */
const uncounted = { writeOnce: () => Promise.resolve(), count: () => {} };

/** Batches of which Claude gets so many bytes at once, and a file of 20 requests, half of them of an older model. */
async function batchesOf(partBytes: number) {
  const app = await startApp();
  onTestFinished(() => app[Symbol.asyncDispose]());
  const storage = new MemoryStorage({ keepSeconds: 1000 });
  const files = new Files({ storage, keepSeconds: 1000, maxBytes: 1_000_000 });
  const batches = new Batches({ ...app.app.services, ...uncounted, files, partBytes }, storage);
  const bodies = Array.from({ length: 20 }, (_none, index) =>
    index % 2 === 0 ? HELLO : { ...HELLO, model: 'claude-haiku-4-5', temperature: 0.5 },
  );
  const content = linesOf(CHAT, bodies);
  const { id } = await files.create(call.owner, { filename: 'x', purpose: 'batch', content, encoding: 'utf8' });
  const made = (): { path: string; method: string; body: unknown }[] =>
    app.fake.requests.filter(({ path, method }) => method === 'POST' && path === '/v1/messages/batches');
  const create = () => batches.creation.complete(call, { input_file_id: id, endpoint: CHAT, completion_window: '24h' });
  return { app, batches, files, storage, create, made };
}

test.each([
  [1, 20],
  [1000, 4],
  [1_000_000, 2],
])('of requests of %i bytes at once Claude gets %i batches, and their caller sees one', async (partBytes, parts) => {
  const { batches, files, create, made } = await batchesOf(partBytes);
  const { id } = await create();
  expect(made().length).toBe(parts);
  const batch = await batches.retrieve(call, id);
  expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 20, completed: 20, failed: 0 } });
  const { content } = await files.text(call.owner, batch.output_file_id!);
  const names = content
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { custom_id: string }).custom_id);
  expect(names.toSorted()).toEqual(Array.from({ length: 20 }, (_none, index) => `request ${index}/ß`).toSorted());
});

test.each([400, 404])(
  'a batch of which Claude takes a part, then refuses by a %i, gets the rest later, and none twice',
  async (refusal) => {
    const { app, batches, create, made } = await batchesOf(1000);
    app.fake.replyWith(() => {
      if (made().length === 3) app.fake.batches.refusesWith = refusal;
      return { message: {} };
    });
    const { id, status } = await create();
    expect(status).toBe('validating');
    await expect(batches.retrieve(call, id)).rejects.toMatchObject({ status: refusal });
    app.fake.batches.refusesWith = undefined;
    app.fake.replyWith(() => ({ message: {} }));
    const { request_counts: counts } = await batches.retrieve(call, id);
    expect(counts).toEqual({ total: 20, completed: 20, failed: 0 });
    const refused = new Set(app.fake.refusals.map(({ request }) => request));
    const taken = made().filter((request) => !refused.has(request as never));
    expect(taken.length).toBeLessThan(made().length);
    const named = taken.flatMap(({ body }) => (body as { requests: { custom_id: string }[] }).requests);
    expect(named.map(({ custom_id: name }) => name).toSorted()).toEqual(
      Array.from({ length: 20 }, (_none, index) => `${index}`).toSorted(),
    );
  },
);

test('a batch whose requests had to make room says that it failed', async () => {
  const { batches, storage, create } = await batchesOf(1_000_000);
  const { id } = await create();
  const kept = (await storage.get({ kind: 'batch', owner: call.owner, id }))!.document as { lines: { name: string } };
  await storage.delete({ kind: 'batch_piece', owner: call.owner, id: `${kept.lines.name}/0` });
  const failed = await batches.retrieve(call, id);
  expect(failed).toMatchObject({ status: 'failed', errors: { data: [{ code: 'requests_lost', line: null }] } });
  expect(await batches.retrieve(call, id)).toEqual(failed);
});
