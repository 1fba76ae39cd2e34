import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const ROUNDS = 100;
const THREADS = 2;
const OPENER = new URL('../../../server/store/open-sqlite.ts', import.meta.url).href;

/** Opens one new file after the other, each at the same moment as the other threads. */
const RUN = `
const { workerData: { arrived, folder }, parentPort } = require('node:worker_threads');
import('tsx/esm/api').then(({ register }) => { register(); return import('${OPENER}'); }).then(({ openSqlite }) => {
  const failures = [];
  for (let round = 0; round < ${ROUNDS}; round += 1) {
    Atomics.add(arrived, round, 1);
    while (Atomics.load(arrived, round) < ${THREADS});
    try {
      openSqlite({ path: folder + '/' + round + '.db', busyMs: 10_000 }).close();
    } catch (thrown) {
      failures.push(String(thrown.code));
    }
  }
  parentPort.postMessage(failures);
});
`;

test('whoever makes a file at the same moment as another one waits for it', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trestle-storage-'));
  const arrived = new Int32Array(new SharedArrayBuffer(4 * ROUNDS));
  const failures = await Promise.all(
    Array.from(
      { length: THREADS },
      () =>
        new Promise<string[]>((resolve, reject) => {
          const worker = new Worker(RUN, { eval: true, workerData: { arrived, folder } });
          worker.once('message', resolve).once('error', reject);
        }),
    ),
  );
  await rm(folder, { recursive: true });
  expect(failures).toEqual(failures.map(() => []));
});
