import { expect, test } from 'vitest';
import { beginResponse } from '../../../server/claude/responses/response-object.ts';
import { ResponseState, stateFor, type StoredResponse } from '../../../server/responses/response-state.ts';
import { MemoryStorage } from '../../../server/store/memory-storage.ts';

function stored(id: string, { store = true } = {}): StoredResponse {
  const head = { id, createdAt: 1, model: 'm', stored: store };
  const input = [{ role: 'user' as const, content: 'x' }];
  return { response: beginResponse({ model: 'm', input: 'x' }, head), input, sealed: {} };
}

test('what is not stored is kept for its connection alone', async () => {
  const inMemory = (): ResponseState => new ResponseState(new MemoryStorage({ keepSeconds: 10 }));
  const [responseState, connectionResponses] = [inMemory(), inMemory()];
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
