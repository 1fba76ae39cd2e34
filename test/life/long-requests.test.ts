import { describe, expect, it } from 'vitest';
import { BEGUN } from '../support/begun-answer.ts';
import { eventually } from '../support/eventually.ts';
import { startFakeClaude } from '../support/fake-claude.ts';
import { MEGABYTE, memoryOf, WITH_MEMORY_PROBE } from './memory-of.ts';
import { startServer } from './server-process.ts';

const CALLS = 10;
const LONG = 'word '.repeat((2 * MEGABYTE) / 5);

const model = 'claude-sonnet-5-5';

/** A request with this text, by the route that takes it. */
const DOORS: Readonly<Record<string, (content: string) => object>> = {
  '/v1/chat/completions': (content) => ({ model, messages: [{ role: 'user', content }] }),
  '/v1/responses': (content) => ({ model, input: content, store: false }),
  '/v1/messages': (content) => ({ model, max_tokens: 100, messages: [{ role: 'user', content }] }),
};

/** What each call with a request of 2 MB takes of the server's memory while Claude answers, in megabytes. */
async function heldByACall(path: string, stream: boolean): Promise<number> {
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
    const answer = fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...DOORS[path]!(content), stream }),
      signal: left.signal,
    });
    answer.catch(() => {});
    if (stream) await answer;
    await eventually(() => expect(fake.requests.length).toBeGreaterThan(asked));
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

describe.each(Object.keys(DOORS))('%s', (path) => {
  it('holds nothing of the request of a stream that has begun', async () => {
    expect(await heldByACall(path, true)).toBeLessThan(1);
  });

  it('holds a request once while its whole answer is waited for, as it is sent again when it has to be', async () => {
    expect(await heldByACall(path, false)).toBeLessThan(2.5);
  });
});
