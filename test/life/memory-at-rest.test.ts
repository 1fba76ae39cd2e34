import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startFakeClaude } from '../support/fake-claude.ts';
import { gatedWords } from '../support/gated-words.ts';
import { postChat } from '../upstream/post-chat.ts';
import { startServer } from './server-process.ts';

const CALLS = 12;
const KEY = 'test-key';
const LONG = 'word '.repeat(500_000);

it('gives back what long requests took once all are answered, with no other request to make it', async () => {
  await using fake = await startFakeClaude();
  const environment = {
    ANTHROPIC_API_KEY: 'test-upstream-key',
    ANTHROPIC_BASE_URL: fake.url,
    TRESTLE_API_KEYS: KEY,
  };
  await using server = startServer(environment, [
    // As with `npm start`: else V8 looks for garbage by itself, some time after it has once.
    '--no-memory-reducer',
    '--trace-gc',
  ]);
  const url = await server.url();

  let arrived = 0;
  let letGo: () => void;
  const all = new Promise<void>((resolve) => (letGo = resolve));
  const gate = (): Promise<void> => {
    arrived += 1;
    if (arrived === CALLS) letGo();
    return all;
  };
  for (let call = 0; call < CALLS; call += 1) fake.reply({ events: gatedWords(1, gate) });
  const messages = [{ role: 'user', content: LONG }];
  const answers = Array.from({ length: CALLS }, async () => {
    const response = await postChat({ url, apiKey: KEY }, { messages, stream: true });
    return response.text();
  });
  for (const answer of answers) expect(await answer).toContain('[DONE]');

  const traced = server.stdout.length;
  await eventually(
    () => {
      const collected = [...server.stdout.slice(traced).matchAll(/Mark-Compact .*? -> ([\d.]+) /g)];
      expect(Number(collected.at(-1)?.[1])).toBeLessThan(60);
    },
    { timeout: 10_000, interval: 50 },
  );
});
