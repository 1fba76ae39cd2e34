import { describe, expect, it } from 'vitest';
import { newAnswerId, workerOf } from '../../../server/chat/completion-id.ts';
import { Claims } from '../../../server/cluster/claims.ts';
import { KeyOwners } from '../../../server/cluster/key-owners.ts';

/** Workers whose claims reach the primary, and come back, a turn later each. */
function startTeam(numbers: readonly number[]): { claims: Claims; owners: Map<number, KeyOwners> } {
  const claims = new Claims();
  const owners = new Map<number, KeyOwners>();
  for (const me of numbers) {
    const worker = new KeyOwners(me, (report) => {
      setImmediate(() => {
        if (report.report === 'release') claims.release(report.key, me);
        if (report.report !== 'claim') return;
        const { claim, key, take, stale } = report;
        const held = take ? claims.take(key, me, stale) : claims.find(key);
        setImmediate(() => worker.claimed({ order: 'claimed', claim, held }));
      });
    });
    owners.set(me, worker);
  }
  return { claims, owners };
}

describe('the id of a completion', () => {
  it.each([1, 2, 255, 4096, 65_535])('tells workers that it is of worker %i', (worker) => {
    for (let count = 0; count < 50; count += 1) {
      const id = newAnswerId('chatcmpl-', worker);
      expect(id).toMatch(/^chatcmpl-[0-9a-f]{32}$/);
      expect(workerOf(id)).toBe(worker);
    }
  });

  it('shows callers no digits that its worker always has', () => {
    const ends = new Set(Array.from({ length: 200 }, () => newAnswerId('chatcmpl-', 1).slice(-4)));
    expect(ends.size).toBeGreaterThan(150);
  });
});

describe('a key that several workers are asked for', () => {
  it('is answered by one of them, and the others find the answer there', async () => {
    const { owners } = startTeam([1, 2, 3]);
    const answered = new Map<number, string>();
    const ask = (me: number): Promise<string> =>
      owners.get(me)!.run(
        'key',
        () => {
          answered.set(me, `of ${me}`);
          return `of ${me}`;
        },
        async (worker) => {
          await owners.get(worker)!.settled('key');
          return answered.get(worker);
        },
        () => answered.has(me),
      );
    const answers = await Promise.all([3, 1, 2, 1, 2].map(ask));
    expect(new Set(answers).size).toBe(1);
    expect(answered.size).toBe(1);
  });

  it('is taken over when the one that had it has forgotten it, or has ended', async () => {
    const { claims, owners } = startTeam([1, 2]);
    const here = (me: number, forgotten: boolean): Promise<string> =>
      owners.get(me)!.run(
        'key',
        () => `of ${me}`,
        async () => (forgotten ? undefined : 'there'),
        () => true,
      );
    expect(await here(1, false)).toBe('of 1');
    expect(await here(2, false)).toBe('there');
    expect(await here(2, true)).toBe('of 2');
    expect(await here(1, false)).toBe('there');
    claims.releaseAll(2);
    expect(await owners.get(1)!.find('key')).toBeNull();
    expect(await here(1, false)).toBe('of 1');
  });

  it('stays with the one that has just forgotten it, and was asked for it again since', async () => {
    const { owners } = startTeam([1, 2]);
    const [first, second] = [owners.get(1)!, owners.get(2)!];
    let isKnown = true;
    let answered = 0;
    const answer = (): string => {
      isKnown = true;
      answered += 1;
      return 'here';
    };
    const askFirst = (): Promise<string> =>
      first.run(
        'key',
        answer,
        async () => undefined,
        () => isKnown,
      );
    await askFirst();
    let again: Promise<string> | undefined;
    const found = await second.run(
      'key',
      answer,
      async () => {
        if (again) {
          await first.settled('key');
          return isKnown ? 'there' : undefined;
        }
        // Forgotten while the other one was told where to ask; and asked for again, at once.
        isKnown = false;
        first.release('key');
        again = askFirst();
        return undefined;
      },
      () => true,
    );
    expect([await again, found, answered]).toEqual(['here', 'there', 2]);
  });

  it('is free again when the request under it was refused', async () => {
    const { owners } = startTeam([1, 2]);
    const refused = owners.get(1)!.run(
      'key',
      () => {
        throw new Error('refused');
      },
      async () => undefined,
      () => false,
    );
    await expect(refused).rejects.toThrow('refused');
    await expect.poll(() => owners.get(2)!.find('key')).toBeNull();
  });
});
