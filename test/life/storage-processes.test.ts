import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openStorages } from '../../server/store/open-storage.ts';
import { storageFile } from '../support/storage-file.ts';

const PROCESSES = 3;
const DOCUMENTS = 40;

const WRITER = `
const { openStorages } = await import(process.argv[1]);
const fail = (error) => { throw error; };
const { records: storage } = await openStorages({ place: { path: process.argv[2] }, contents: true, days: 1 }, fail);
for (let id = 0; id < ${DOCUMENTS}; id += 1)
  await storage.put({ kind: 'response', owner: 'o', id: process.pid + '-' + id }, { document: 'x'.repeat(20_000), createdAt: id });
await storage.close();
`;

test('several processes make one file, and write to it at the same time', { timeout: 60_000 }, async () => {
  await using file = await storageFile();
  const module = new URL('../../server/store/open-storage.ts', import.meta.url).href;
  const start = (): Promise<unknown> =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', WRITER, module, file.path], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    });
  await Promise.all(Array.from({ length: PROCESSES }, start));
  const settings = { place: { path: file.path }, contents: true, days: 1, ledgerDays: 1 };
  const { records: storage } = await openStorages(settings, (error) => expect.unreachable(String(error)));
  const { documents } = await storage.list({ kind: 'response', owner: 'o' }, { limit: 1000, order: 'asc' });
  expect(documents).toHaveLength(PROCESSES * DOCUMENTS);
  await storage.close();
});
