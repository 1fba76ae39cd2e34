import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { beginResponse } from '../../../server/claude/responses/response-object.ts';
import { OwnedMemory } from '../../../server/responses/owned-memory.ts';
import { stateFor, type StoredResponse } from '../../../server/responses/response-state.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

function stored(id: string, { text = 'x', store = true } = {}): StoredResponse {
  const head = { id, createdAt: 1, model: 'm', stored: store };
  const input = [{ role: 'user' as const, content: text }];
  return { response: beginResponse({ model: 'm', input: text }, head), input, sealed: {} };
}

test('a response is kept for its time after its last use', async () => {
  const memory = new OwnedMemory<StoredResponse>({ lifetimeMs: 1000, maxBytes: 100_000 });
  await memory.put('a', 'resp_1', stored('resp_1'));
  vi.setSystemTime(Date.now() + 900);
  expect(await memory.get('a', 'resp_1')).toMatchObject({ response: { id: 'resp_1' } });
  vi.setSystemTime(Date.now() + 900);
  expect(await memory.get('a', 'resp_1')).toBeDefined();
  vi.setSystemTime(Date.now() + 1100);
  expect(await memory.get('a', 'resp_1')).toBeUndefined();
});

test('the least recently used go first where there is no room', async () => {
  const memory = new OwnedMemory<StoredResponse>({ lifetimeMs: 1000, maxBytes: 12_000 });
  for (const id of ['resp_1', 'resp_2']) await memory.put('a', id, stored(id));
  await memory.get('a', 'resp_1');
  await memory.put('a', 'resp_3', stored('resp_3', { text: 'x'.repeat(4000) }));
  const kept = await Promise.all(['resp_1', 'resp_2', 'resp_3'].map((id) => memory.get('a', id)));
  expect(kept.map((one) => one?.response.id)).toEqual(['resp_1', undefined, 'resp_3']);
});

test('what is not stored is kept for its connection alone', async () => {
  const [responseState, connectionResponses] = [new OwnedMemory<StoredResponse>(), new OwnedMemory<StoredResponse>()];
  const both = { responseState, connectionResponses };
  await stateFor(both, { owner: 'a', connection: 'one' }).put('a', 'resp_1', stored('resp_1', { store: false }));
  await stateFor(both, { owner: 'a', connection: 'one' }).put('a', 'resp_2', stored('resp_2'));
  const found = async (connection: string | undefined, id: string): Promise<boolean> =>
    (await stateFor(both, { owner: 'a', connection }).get('a', id)) !== undefined;
  expect([await found('one', 'resp_1'), await found('two', 'resp_1'), await found(undefined, 'resp_1')]).toEqual([
    true,
    false,
    false,
  ]);
  expect([await found('two', 'resp_2'), await found(undefined, 'resp_2')]).toEqual([true, true]);
});
