import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Grouping, GROUPINGS, type LedgerEntry, type SumQuery } from '../../../server/ledger/ledger.ts';
import { MemoryLedger } from '../../../server/ledger/memory-ledger.ts';
import { PLAIN_SEAL } from '../../../server/store/seal.ts';
import { SqliteLedger } from '../../../server/store/sqlite-ledger.ts';
import { SqliteStorage } from '../../../server/store/sqlite-storage.ts';
import { storageFile } from '../../support/storage-file.ts';

const count = fc.nat(2_000_000);
const anyEntry: fc.Arbitrary<LedgerEntry> = fc.record({
  id: fc.option(fc.constantFrom('x', 'y', 'z')),
  at: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.constantFrom(59.5, 60, 119.999)),
  keyId: fc.constantFrom('a', 'b'),
  projectId: fc.constantFrom('p', 'q'),
  model: fc.constantFrom('m', 'n'),
  inputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  webSearches: fc.nat(3),
  nanoDollars: fc.option(fc.nat({ max: 5e10 })),
  priceVersion: fc.constant('1'),
});
const anyQuery: fc.Arbitrary<SumQuery> = fc.record(
  {
    from: fc.constantFrom(0, 60, 120),
    to: fc.constantFrom(0, 60, 240, 420),
    width: fc.constantFrom(60, 120, 3600),
    groupBy: fc.subarray<Grouping>([...GROUPINGS]),
    only: fc.record(
      {
        projectId: fc.subarray(['p', 'q'], { minLength: 1 }),
        keyId: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
        model: fc.subarray(['m', 'n'], { minLength: 1 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['from', 'to', 'width', 'groupBy'] },
);

test('memory and SQLite give the same sums, whatever was spent', async () => {
  await using file = await storageFile();
  const onFailure = (error: unknown): void => expect.unreachable(String(error));
  const storage = await SqliteStorage.open({ path: file.path, keepSeconds: 1, seal: PLAIN_SEAL, onFailure });
  const sqlite = new SqliteLedger(storage.database, { keepSeconds: 1000, onFailure });
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyEntry, { maxLength: 5 })), anyQuery, async (batches, query) => {
        await storage.database.deleteFrom('ledger').execute();
        const memory = new MemoryLedger();
        for (const ledger of [memory, sqlite])
          for (const [index, entries] of batches.entries())
            if (index % 2 === 0) ledger.add(entries.map((entry) => ({ ...entry, id: null })));
            else await ledger.write(entries);
        const sums = await sqlite.sums(query);
        expect(sums).toEqual(await memory.sums(query));
        expect(await sqlite.lastUse(['a', 'c'])).toEqual(await memory.lastUse(['a', 'c']));
        const within = batches.flat().filter(({ at }) => at >= query.from && at < query.to);
        if (!query.only && within.every(({ id }) => id === null))
          expect(sums.reduce((sum, { calls }) => sum + calls, 0)).toBe(within.length);
      }),
      { numRuns: 100 },
    );
  } finally {
    await sqlite.close();
    await storage.close();
  }
});

test('what is old is swept, and what could not be written is written later', async () => {
  await using file = await storageFile();
  const failures: unknown[] = [];
  const onFailure = (error: unknown): void => void failures.push(error);
  const storage = await SqliteStorage.open({ path: file.path, keepSeconds: 1, seal: PLAIN_SEAL, onFailure });
  const ledger = new SqliteLedger(storage.database, { keepSeconds: 100, onFailure });
  const [entry] = fc.sample(anyEntry, { numRuns: 1, seed: 1 });
  const all: SumQuery = { from: 0, to: 1000, width: 1000, groupBy: [] };
  await storage.database.schema.alterTable('ledger').renameTo('away').execute();
  ledger.add([{ ...entry!, id: null, at: 10 }]);
  await expect(ledger.sums(all)).rejects.toThrow(/no such table/);
  await storage.database.schema.alterTable('away').renameTo('ledger').execute();
  expect(failures).toHaveLength(1);
  ledger.add([{ ...entry!, id: null, at: 200 }]);
  expect(await ledger.sums(all)).toMatchObject([{ calls: 2 }]);
  await ledger.sweep(250);
  expect(await ledger.sums(all)).toMatchObject([{ calls: 1 }]);
  await ledger.close();
  await storage.close();
});
