import { expect, test } from 'vitest';
import type { createTrestleClient } from '../../client/index.ts';
import { eventually } from '../support/eventually.ts';
import { gatedWords, wordsUpTo } from '../support/gated-words.ts';
import { startBrowser } from './browser-resource.ts';

const WORDS = 500;
/** Every so many words a cut: 20 of them. */
const PER_CUT = 25;

test.each(['websocket', 'http'] as const)(
  'over %s, through a relay that is cut 20 times during 500 chunks: every chunk once, one call to Claude',
  async (transport) => {
    await using browser = await startBrowser();
    const { app, relay, page, pagesUrl } = browser;
    let seen = 0;
    // The word after each cut waits until all before it have been seen.
    app.fake.reply({
      events: gatedWords(WORDS, async (index) => {
        if (index % PER_CUT !== PER_CUT - 1) return;
        await eventually(() => expect(seen).toBe(index), { timeout: 15_000, interval: 2 });
        relay.cut();
      }),
    });
    await page.exposeFunction('saw', (count: number) => {
      seen = count;
    });
    await page.goto(`${pagesUrl}/client.html`);
    const { text, ids } = await page.evaluate(readAll, { url: relay.url, apiKey: app.apiKey, transport });

    expect(text).toBe(wordsUpTo(WORDS));
    const [first] = ids;
    expect(ids).toEqual(ids.map((_, index) => first!.replace(/0$/, String(index))));
    expect(ids.length).toBeGreaterThan(WORDS);
    expect(relay.connections).toBeGreaterThan(20);
    expect(app.fake.requests.filter(({ path }) => path === '/v1/messages')).toHaveLength(1);
    await eventually(() => expect(app.app.services.answerStore.running).toBe(0));
    expect(browser.pageErrors).toEqual([]);
  },
);

test.each(['websocket', 'http'] as const)(
  'over %s, through a relay that passes nothing on any more: it goes on after 12 s, with one call to Claude',
  async (transport) => {
    await using browser = await startBrowser();
    const { app, relay, page, pagesUrl } = browser;
    let seen = 0;
    let frozenAt = 0;
    let connections = 0;
    // The last word waits for another connection.
    app.fake.reply({
      events: gatedWords(3, async (index) => {
        if (index !== 2) return;
        await eventually(() => expect(seen).toBe(2), { timeout: 15_000, interval: 2 });
        connections = relay.connections;
        relay.freeze();
        frozenAt = performance.now();
        await eventually(() => expect(relay.connections).toBeGreaterThan(connections), {
          timeout: 30_000,
          interval: 10,
        });
      }),
    });
    await page.exposeFunction('saw', (count: number) => {
      seen = count;
    });
    await page.goto(`${pagesUrl}/client.html`);
    const { text } = await page.evaluate(readAll, { url: relay.url, apiKey: app.apiKey, transport });

    expect(text).toBe(wordsUpTo(3));
    expect(performance.now() - frozenAt).toBeLessThan(16_000);
    expect(app.fake.requests.filter(({ path }) => path === '/v1/messages')).toHaveLength(1);
    expect(browser.pageErrors).toEqual([]);
  },
  60_000,
);

interface Settings {
  url: string;
  apiKey: string;
  transport: 'websocket' | 'http';
}

/** Runs in the page. */
async function readAll(settings: Settings): Promise<{ text: string; ids: string[] }> {
  const { trestle, saw } = globalThis as unknown as {
    trestle: { createTrestleClient: typeof createTrestleClient };
    saw: (count: number) => void;
  };
  const client = trestle.createTrestleClient(settings);
  const stream = client.stream({ model: 'claude-sonnet-4-6', messages: [{ role: 'user', content: 'Count' }] });
  const ids: string[] = [];
  let text = '';
  let words = 0;
  for await (const { choices } of stream) {
    ids.push(stream.lastEventId!);
    const content = choices[0]?.delta.content;
    if (!content) continue;
    text += content;
    saw((words += 1));
  }
  await client.close();
  return { text, ids };
}
