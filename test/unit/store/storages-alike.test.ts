import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStorage } from '../../../server/store/memory-storage.ts';
import { AesSeal, PLAIN_SEAL, type Seal } from '../../../server/store/seal.ts';
import { SqliteStorage } from '../../../server/store/sqlite-storage.ts';
import type { Change, DocumentKind, ListQuery, NewDocument, Place, Storage } from '../../../server/store/storage.ts';
import { storageFile } from '../../support/storage-file.ts';

const anyText = fc.oneof(
  fc.constantFrom('a', 'b', '', '__proto__', 'ß"\0'),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const anyPlace: fc.Arbitrary<Place> = fc.record({
  kind: fc.constantFrom<DocumentKind>('chat_completion', 'conversation'),
  owner: fc.constantFrom('one', 'other'),
  id: fc.constantFrom('1', '2', '3', '4'),
});
const anyMetadata = fc.dictionary(fc.constantFrom('a', 'b', 'toString'), fc.constantFrom('x', 'y'), { maxKeys: 2 });
const anyDocument: fc.Arbitrary<NewDocument> = fc.record(
  {
    document: fc.oneof(fc.jsonValue(), fc.dictionary(anyText, anyText)),
    createdAt: fc.integer({ min: 0, max: 2 }),
    metadata: anyMetadata,
    models: fc.subarray(['m', 'n']),
    parent: fc.constantFrom('p', ''),
    expiresAt: fc.integer({ min: 0, max: 30 }),
  },
  { requiredKeys: ['document', 'createdAt'] },
);
const anyQuery: fc.Arbitrary<ListQuery> = fc.record(
  {
    limit: fc.integer({ min: 1, max: 3 }),
    order: fc.constantFrom('asc', 'desc'),
    after: fc.constantFrom('1', '2', null),
    parent: fc.constantFrom('p', ''),
    metadata: anyMetadata,
    model: fc.constantFrom('m', 'n', null),
  },
  { requiredKeys: ['limit', 'order'] },
);

type Step =
  | { do: 'put' | 'create'; place: Place; document: NewDocument }
  | { do: 'get'; place: Place; renew: boolean }
  | { do: 'delete'; place: Place }
  | { do: 'update'; place: Place; change: Change }
  | { do: 'list'; place: Place; query: ListQuery }
  | { do: 'wait'; seconds: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('put'), place: anyPlace, document: anyDocument }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('create'), place: anyPlace, document: anyDocument }) },
  fc.record({ do: fc.constant('get'), place: anyPlace, renew: fc.boolean() }),
  fc.record({ do: fc.constant('delete'), place: anyPlace }),
  fc.record({
    do: fc.constant('update'),
    place: anyPlace,
    change: fc.record(
      { document: fc.jsonValue(), metadata: anyMetadata, version: fc.integer({ min: 1, max: 3 }) },
      { requiredKeys: [] },
    ),
  }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('list'), place: anyPlace, query: anyQuery }) },
  fc.record({ do: fc.constant('wait'), seconds: fc.integer({ min: 1, max: 12 }) }),
);

async function run(storage: Storage, step: Exclude<Step, { do: 'wait' }>): Promise<unknown> {
  try {
    switch (step.do) {
      case 'put':
        return await storage.put(step.place, step.document);
      case 'create':
        return await storage.create(step.place, step.document);
      case 'update':
        return await storage.update(step.place, step.change);
      case 'list': {
        const { kind, owner } = step.place;
        return await storage.list({ kind, owner }, step.query);
      }
      case 'get':
        return await storage.get(step.place, step.renew);
      case 'delete':
        return await storage.delete(step.place);
    }
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

test.each<[string, Seal]>([
  ['a plain file', PLAIN_SEAL],
  ['an encrypted file', new AesSeal(Buffer.alloc(32, 7))],
])('memory and %s of SQLite do the same, whatever is asked of them', async (_name, seal) => {
  await using file = await storageFile();
  let now = 0;
  let runs = 0;
  const options = { keepSeconds: 20, now: () => now };
  const sqlite = await SqliteStorage.open({
    ...options,
    path: file.path,
    seal,
    onFailure: (error) => expect.unreachable(String(error)),
  });
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 3, maxLength: 30 }), async (steps) => {
        now = 0;
        runs += 1;
        const memory = new MemoryStorage(options);
        // One file for all runs, each of which has owners of its own.
        const owned = (place: Place): Place => ({ ...place, owner: `${place.owner} ${runs}` });
        for (const step of steps) {
          if (step.do === 'wait') {
            now += step.seconds;
            continue;
          }
          const own = { ...step, place: owned(step.place) };
          expect(await run(sqlite, own)).toEqual(await run(memory, own));
        }
      }),
      { numRuns: 150 },
    );
  } finally {
    await sqlite.close();
  }
});
