import { stat, writeFile } from 'node:fs/promises';
import Database from 'libsql';
import { expect, test } from 'vitest';
import { ConfigError } from '../../../server/config.ts';
import { openStorages } from '../../../server/store/open-storage.ts';
import { AesSeal, PLAIN_SEAL } from '../../../server/store/seal.ts';
import { SqliteStorage } from '../../../server/store/sqlite-storage.ts';
import type { Place } from '../../../server/store/storage.ts';
import { storageFile } from '../../support/storage-file.ts';

const PLACE: Place = { kind: 'response', owner: 'owner', id: 'id' };
const DOCUMENT = { document: { text: 'a secret' }, createdAt: 1, metadata: { topic: 'hidden' }, models: ['claude'] };
const KEY = 'ab'.repeat(32);
const onFailure = (error: unknown): void => expect.unreachable(String(error));
const settings = (path: string, key?: string) => ({ place: { path }, contents: true, days: 30, ledgerDays: 30, key });

test('what is stored is there after a restart', async () => {
  await using file = await storageFile();
  const before = (await openStorages(settings(file.path), onFailure)).records;
  await before.put(PLACE, DOCUMENT);
  await before.close();
  const after = (await openStorages(settings(file.path), onFailure)).records;
  expect(await after.get(PLACE)).toEqual({
    id: 'id',
    document: { text: 'a secret' },
    length: JSON.stringify({ text: 'a secret' }).length,
    createdAt: 1,
    metadata: { topic: 'hidden' },
    version: 1,
  });
  await after.close();
});

test('with a key nothing of the content, the notes or the model is readable in the file', async () => {
  const texts = ['a secret', 'hidden', 'topic', 'claude'];
  for (const key of [undefined, KEY]) {
    await using file = await storageFile();
    const storage = (await openStorages(settings(file.path, key), onFailure)).records;
    await storage.put(PLACE, DOCUMENT);
    const written = (await file.bytes()).toString('latin1');
    expect(texts.map((text) => written.includes(text))).toEqual(texts.map(() => key === undefined));
    const query = { limit: 10, order: 'asc', metadata: { topic: 'hidden' }, model: 'claude' } as const;
    expect((await storage.list(PLACE, query)).documents).toHaveLength(1);
    await storage.close();
  }
});

test.each([
  ['another key', KEY, 'cd'.repeat(32)],
  ['no key', KEY, undefined],
  ['a key for a plain file', undefined, KEY],
])('%s is refused at the start, in words that name the variable', async (_name, first, second) => {
  await using file = await storageFile();
  await (await openStorages(settings(file.path, first), onFailure)).close();
  const opening = openStorages(settings(file.path, second), onFailure);
  await expect(opening).rejects.toThrow(ConfigError);
  await expect(opening).rejects.toThrow(/TRESTLE_STORAGE_KEY: .* begun with another key, or without one/);
});

test('a file that is none of SQLite, and one in no folder, are refused at the start', async () => {
  await using file = await storageFile();
  await writeFile(file.path, 'no database, but long enough to be taken for something else'.repeat(20));
  await expect(openStorages(settings(file.path), onFailure)).rejects.toThrow(/TRESTLE_STORAGE: .* can't be opened/);
  const nowhere = openStorages(settings(`${file.path}/no/folder`), onFailure);
  await expect(nowhere).rejects.toThrow(ConfigError);
});

test('nobody else on the machine may read the file', async () => {
  await using file = await storageFile();
  const storage = (await openStorages(settings(file.path), onFailure)).records;
  await storage.put(PLACE, DOCUMENT);
  for (const name of ['', '-wal']) expect((await stat(file.path + name)).mode & 0o077).toBe(0);
  await storage.close();
});

test('what somebody changes in the file is not taken for what was stored', async () => {
  await using file = await storageFile();
  const storage = (await openStorages(settings(file.path, KEY), onFailure)).records;
  await storage.put(PLACE, DOCUMENT);
  const database = new Database(file.path);
  database.exec("update documents set owner = 'another'");
  database.close();
  await expect(storage.get({ ...PLACE, owner: 'another' })).rejects.toThrow();
  expect(await storage.get(PLACE)).toBeUndefined();
  await storage.close();
});

test('of too many documents the oldest make room, but no records do', async () => {
  await using file = await storageFile();
  const options = { path: file.path, seal: PLAIN_SEAL, keepSeconds: 10, maxBytes: 2500, onFailure };
  const storage = await SqliteStorage.open(options);
  for (const id of ['1', '2', '3', '4'])
    await storage.put({ ...PLACE, id }, { document: 'x'.repeat(1000), createdAt: Number(id) });
  const batch: Place = { ...PLACE, kind: 'message_batch' };
  await storage.put(batch, { document: 'x'.repeat(3000), createdAt: 0 });
  await storage.makeRoom();
  expect(await storage.get(batch)).toBeDefined();
  const { documents } = await storage.list(PLACE, { limit: 10, order: 'asc' });
  expect(documents.map(({ id }) => id)).toEqual(['3', '4']);
  await storage.close();
});

test('a document that was moved to another place is not opened there', () => {
  const seal = new AesSeal(Buffer.from(KEY, 'hex'));
  const sealed = seal.seal('text', 'mine');
  expect(seal.open(sealed, 'mine')).toBe('text');
  expect(() => seal.open(sealed, 'yours')).toThrow();
  sealed[sealed.length - 1]! ^= 1;
  expect(() => seal.open(sealed, 'mine')).toThrow();
});

test('a sweep removes what has expired, and only that', async () => {
  await using file = await storageFile();
  let now = 0;
  const options = { path: file.path, seal: PLAIN_SEAL, keepSeconds: 10, now: () => now, onFailure };
  const storage = await SqliteStorage.open(options);
  for (let id = 0; id < 501; id += 1) await storage.put({ ...PLACE, id: `${id}` }, { ...DOCUMENT, expiresAt: 5 });
  await storage.put(PLACE, DOCUMENT);
  expect(await storage.sweep()).toBe(false);
  now = 5;
  expect(await storage.get({ ...PLACE, id: '7' })).toBeUndefined();
  expect(await storage.sweep()).toBe(true);
  expect(await storage.sweep()).toBe(false);
  // Back in time, so that whatever is in the file is seen.
  now = 0;
  const { documents } = await storage.list(PLACE, { limit: 1000, order: 'asc' });
  expect(documents.map(({ id }) => id)).toEqual(['id']);
  await storage.close();
});

test('nothing that is asked of a storage while it closes, or afterwards, waits for ever', async () => {
  await using file = await storageFile();
  const storage = (await openStorages(settings(file.path), onFailure)).records;
  const [, closing] = await Promise.allSettled([storage.put(PLACE, DOCUMENT), storage.close()]);
  expect(closing.status).toBe('fulfilled');
  await expect(storage.get(PLACE)).rejects.toThrow();
});

test('what is gone on from is kept for its whole time again', async () => {
  await using file = await storageFile();
  let now = 0;
  const options = { path: file.path, seal: PLAIN_SEAL, keepSeconds: 10, now: () => now, onFailure };
  const storage = await SqliteStorage.open(options);
  await storage.put(PLACE, DOCUMENT);
  for (now = 3; now < 30; now += 6) expect(await storage.get(PLACE, true)).toBeDefined();
  now += 10;
  expect(await storage.get(PLACE, true)).toBeUndefined();
  await storage.close();
});
