import { expect, it, vi } from 'vitest';
import { BEGUN } from '../support/begun-answer.ts';
import { startFakeClaude } from '../support/fake-claude.ts';
import { postChat } from '../upstream/post-chat.ts';
import { MEGABYTE, memoryOf, WITH_MEMORY_PROBE } from './memory-of.ts';
import { startServer } from './server-process.ts';

const CALLS = 10;
const LONG = 'word '.repeat((2 * MEGABYTE) / 5);

/** What each call with a request of 2 MB takes of the server's memory while Claude answers, in megabytes. */
async function heldByACall(stream: boolean): Promise<number> {
  await using fake = await startFakeClaude();
  await using server = startServer(
    { ANTHROPIC_API_KEY: 'test-upstream-key', ANTHROPIC_BASE_URL: fake.url },
    WITH_MEMORY_PROBE,
  );
  const url = await server.url();
  const left = new AbortController();
  const ask = async (content: string): Promise<void> => {
    const asked = fake.requests.length;
    fake.reply(stream ? BEGUN : { hang: true });
    const messages = [{ role: 'user', content }];
    const answer = postChat({ url, apiKey: 'none' }, { messages, stream }, { signal: left.signal });
    answer.catch(() => {});
    if (stream) await answer;
    await vi.waitFor(() => expect(fake.requests.length).toBeGreaterThan(asked));
  };

  // The first calls take what later ones use again.
  await ask('Hello');
  await ask(LONG);
  const before = await memoryOf(server);
  for (let call = 0; call < CALLS; call += 1) await ask(LONG);
  const after = await memoryOf(server);
  left.abort();
  return (after.used - before.used) / MEGABYTE / CALLS;
}

it('a stream that has begun holds nothing of its request', async () => {
  expect(await heldByACall(true)).toBeLessThan(1);
});

it('a whole answer that is waited for holds its request once, as it is sent again when it has to be', async () => {
  expect(await heldByACall(false)).toBeLessThan(2.5);
});
