import { expect, test } from 'vitest';
import { MemoryStorage } from '../../../server/store/memory-storage.ts';
import type { Place } from '../../../server/store/storage.ts';

const placeOf = (id: string): Place => ({ kind: 'response', owner: 'owner', id });

test('the documents that were not used for longest make room, and are gone from lists', async () => {
  const storage = new MemoryStorage({ keepSeconds: 10, maxBytes: 10_000 });
  for (const id of ['1', '2', '3']) await storage.put(placeOf(id), { document: 'x'.repeat(1000), createdAt: 1 });
  await storage.get(placeOf('1'));
  await storage.put(placeOf('4'), { document: 'x'.repeat(1000), createdAt: 1 });
  const { documents } = await storage.list(placeOf(''), { limit: 10, order: 'asc' });
  expect(documents.map(({ id }) => id)).toEqual(['1', '3', '4']);
});

test('a document that is larger than the memory for all of them is refused, and the others stay', async () => {
  const storage = new MemoryStorage({ keepSeconds: 10, maxBytes: 10_000 });
  await storage.put(placeOf('1'), { document: 'x', createdAt: 1 });
  await expect(storage.put(placeOf('2'), { document: 'x'.repeat(6000), createdAt: 1 })).rejects.toThrow('larger');
  await expect(storage.update(placeOf('1'), { document: 'x'.repeat(6000) })).rejects.toThrow('larger');
  expect(await storage.get(placeOf('1'))).toBeDefined();
  expect(await storage.get(placeOf('2'))).toBeUndefined();
});

test('nobody changes what is kept by what was given or found', async () => {
  const storage = new MemoryStorage({ keepSeconds: 10 });
  const [document, metadata] = [{ list: [1] }, { a: 'b' }];
  await storage.put(placeOf('1'), { document, createdAt: 1, metadata });
  document.list.push(2);
  metadata.a = 'c';
  const found = (await storage.get(placeOf('1')))!;
  found.metadata['a'] = 'd';
  expect(await storage.get(placeOf('1'))).toMatchObject({ document: { list: [1] }, metadata: { a: 'b' } });
});
