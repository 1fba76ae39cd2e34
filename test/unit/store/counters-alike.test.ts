import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Claim, Counters } from '../../../server/store/counters.ts';
import { MemoryCounters } from '../../../server/store/memory-counters.ts';
import { PLAIN_SEAL } from '../../../server/store/seal.ts';
import { SqliteCounters } from '../../../server/store/sqlite-counters.ts';
import { SqliteStorage } from '../../../server/store/sqlite-storage.ts';
import { type StorageFile, storageFile } from '../../support/storage-file.ts';

let file: StorageFile;
let storages: SqliteStorage[];
const onFailure = (error: unknown): void => expect.unreachable(String(error));
const open = async (): Promise<SqliteStorage> => {
  const storage = await SqliteStorage.open({ path: file.path, keepSeconds: 1, seal: PLAIN_SEAL, onFailure });
  storages.push(storage);
  return storage;
};
beforeEach(async () => {
  file = await storageFile();
  storages = [];
});
afterEach(async () => {
  for (const storage of storages) await storage.close();
  await file[Symbol.asyncDispose]();
});

test('memory and SQLite count alike, whatever is claimed and given back', async () => {
  const storage = await open();
  const sqlite = new SqliteCounters(storage.database, onFailure);
  const anyCounter = fc.constantFrom('a', 'b');
  const anyStep = fc.record({
    seconds: fc.nat(70),
    claims: fc.uniqueArray(
      fc.record({ counter: anyCounter, amount: fc.nat(5), most: fc.nat(12), span: fc.constantFrom(1, 60) }),
      { minLength: 1, maxLength: 2, selector: ({ counter }) => counter },
    ),
    added: fc.option(fc.record({ counter: anyCounter, amount: fc.integer({ min: -3, max: 3 }) })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 12 }), async (steps) => {
      await storage.database.deleteFrom('counters').execute();
      const memory = new MemoryCounters();
      let at = 1000;
      for (const { seconds, claims: asked, added } of steps) {
        at += seconds;
        const claims: Claim[] = asked.map(({ span, ...claim }) => ({ ...claim, at, since: at - span }));
        const full = await memory.claim(claims);
        expect(await sqlite.claim(claims)).toEqual(full);
        for (const counters of [memory, sqlite]) await counters.add(added ? [{ ...added, at }] : []);
        const sums = await memory.sums(claims);
        expect(await sqlite.sums(claims)).toEqual(sums);
        if (full.length === 0 && !added)
          for (const [index, sum] of sums.entries()) expect(sum).toBeLessThanOrEqual(claims[index]!.most);
        await sqlite.sweep(at);
      }
    }),
    { numRuns: 100 },
  );
});

describe('600 a minute', () => {
  /** Claims as fast as they are granted, each a tenth of a second after the one before, for some minutes of its own time. */
  async function grantedIn(counters: Counters, seconds: number): Promise<number[]> {
    const granted: number[] = [];
    for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
      const now = 5000 + tenth / 10;
      // Twice as many as are allowed.
      for (let count = 0; count < 2; count += 1) {
        const at = Math.floor(now);
        const full = await counters.claim([{ counter: 'x', amount: 1, most: 600, at, since: at - 60 }]);
        if (full.length === 0) granted.push(now);
      }
    }
    return granted;
  }

  test('are never more in any 60 seconds, and at least 570 in each', async () => {
    const granted = await grantedIn(new MemoryCounters(), 200);
    const windows = granted.map((from) => granted.filter((at) => at >= from && at < from + 60).length);
    expect(Math.max(...windows)).toBeLessThanOrEqual(600);
    // Of the windows that are whole.
    expect(Math.min(...windows.filter((_count, index) => granted[index]! <= 5000 + 140))).toBeGreaterThanOrEqual(570);
  });

  test('are so for several processes together', async () => {
    const nodes = [await open(), await open(), await open()].map(
      ({ database }) => new SqliteCounters(database, onFailure),
    );
    const claim = { counter: 'x', amount: 1, most: 60, at: 1000, since: 940 };
    const granted = await Promise.all(
      Array.from({ length: 150 }, (_none, index) => nodes[index % nodes.length]!.claim([claim])),
    );
    expect(granted.filter((full) => full.length === 0)).toHaveLength(60);
  });
});
