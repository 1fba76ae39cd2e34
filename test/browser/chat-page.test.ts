import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { resultsIn } from '../ecosystem/weather-agent.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/fake-claude.ts';
import { gatedWords, wordsUpTo } from '../support/gated-words.ts';
import type { ClaudeBody } from '../support/rules-body.ts';
import { type BrowserResource, startBrowser } from './browser-resource.ts';

/** A gate that one word waits at until it is opened. */
function gateAt(word: number): { gate: (index: number) => Promise<void> | void; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { gate: (index) => (index === word ? opened : undefined), open };
}

async function openChat(): Promise<BrowserResource> {
  const browser = await startBrowser();
  await browser.page.goto(browser.pagesUrl);
  return browser;
}

async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

function answerText(page: Page): Locator {
  return page.locator('article.assistant .text').last();
}

async function untilShown(locator: Locator, text: string): Promise<void> {
  await eventually(async () => expect((await locator.textContent())?.trim()).toBe(text.trim()), { timeout: 20_000 });
}

function callsTo({ app }: BrowserResource): number {
  return app.fake.requests.filter(({ path }) => path === '/v1/messages').length;
}

/** Thinks, calls `get_time` once, and then says what it was told. */
function askTime(body: ClaudeBody): Answer {
  const results = resultsIn(body);
  const call = { type: 'tool_use', id: 'toolu_1', name: 'get_time', input: { time_zone: 'Asia/Tokyo' } };
  return {
    message: {
      content: [
        { type: 'thinking', thinking: 'I need the time.', signature: '' },
        results.length > 0 ? { type: 'text', text: `It is ${results[0]!}.`, citations: null } : call,
      ],
    },
  };
}

describe('the chat page, with useChat', () => {
  test('shows the text while it is written, and what it took', async () => {
    await using browser = await openChat();
    const { app, page } = browser;
    const { gate, open } = gateAt(5);
    app.fake.reply({ events: gatedWords(9, gate) });
    await send(page, 'Count');
    await untilShown(answerText(page), wordsUpTo(5));
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.locator('.bar .badge[data-state="open"]').waitFor();
    open();
    await untilShown(answerText(page), wordsUpTo(9));
    await page.getByText('claude-opus-5-5 · 9 tokens').waitFor();
    await page.locator('.bar .badge[data-state="closed"]').waitFor();
    expect(browser.pageErrors).toEqual([]);
  });

  test('shows the thinking and the tool call, and runs the tool', async () => {
    await using browser = await openChat();
    const { app, page } = browser;
    app.fake.replyWith(askTime);
    await send(page, 'What time is it in Tokyo?');
    await eventually(async () => expect(await answerText(page).textContent()).toMatch(/^It is .*\d{4} at .*\.$/), {
      timeout: 20_000,
    });
    expect(await page.locator('.tool').allInnerTexts()).toEqual([
      expect.stringMatching(/^get_time\s+done\s+\{"time_zone":"Asia\/Tokyo"\}\s+.*\d{4} at /),
    ]);
    const reasoning = page.locator('.reasoning').first();
    await reasoning.locator('summary').click();
    await reasoning.getByText('I need the time.').waitFor();
    expect(callsTo(browser)).toBe(2);
    expect(app.fake.refusals).toEqual([]);
  });

  test('stop ends the work at Claude, and regenerate asks again', async () => {
    await using browser = await openChat();
    const { app, page } = browser;
    app.fake.reply({ events: gatedWords(9, gateAt(3).gate) });
    await send(page, 'Count');
    await untilShown(answerText(page), wordsUpTo(3));
    await page.getByRole('button', { name: 'Stop' }).click();
    await app.fake.requests.at(-1)!.closed;
    await untilShown(answerText(page), wordsUpTo(3));

    app.fake.reply({ events: gatedWords(9, () => {}) });
    await page.getByRole('button', { name: 'Regenerate' }).click();
    await untilShown(answerText(page), wordsUpTo(9));
    expect(await page.locator('article').count()).toBe(2);
    expect(callsTo(browser)).toBe(2);
  });

  test('a network that is cut in the middle leaves the answer whole, and Claude is asked once', async () => {
    await using browser = await openChat();
    const { app, page, relay } = browser;
    app.fake.reply({
      events: gatedWords(40, async (index) => {
        if (index % 10 !== 9) return;
        await untilShown(answerText(page), wordsUpTo(index));
        relay.cut();
      }),
    });
    await send(page, 'Count');
    await untilShown(answerText(page), wordsUpTo(40));
    expect(relay.connections).toBeGreaterThan(4);
    expect(callsTo(browser)).toBe(1);
  });

  test('tells that the connection is lost while there is none', async () => {
    await using browser = await openChat();
    const { app, page, relay } = browser;
    const { gate, open } = gateAt(5);
    app.fake.reply({ events: gatedWords(9, gate) });
    await send(page, 'Count');
    await untilShown(answerText(page), wordsUpTo(5));
    await page.context().setOffline(true);
    relay.cut();
    await page.getByText('Connection lost, resuming…').waitFor();
    open();
    await page.context().setOffline(false);
    await untilShown(answerText(page), wordsUpTo(9));
    await page.locator('.bar .badge[data-state="closed"]').waitFor();
    expect(callsTo(browser)).toBe(1);
  });

  test('a reload in the middle resumes the answer', async () => {
    await using browser = await openChat();
    const { app, page } = browser;
    const { gate, open } = gateAt(5);
    app.fake.reply({ events: gatedWords(9, gate) });
    await send(page, 'Count');
    await untilShown(answerText(page), wordsUpTo(5));
    await page.reload();
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await untilShown(answerText(page), wordsUpTo(5));
    open();
    await untilShown(answerText(page), wordsUpTo(9));
    expect(await page.locator('article').count()).toBe(2);
    expect(callsTo(browser)).toBe(1);
    // Over: another reload resumes nothing and keeps what was said.
    await page.getByText('9 tokens').waitFor();
    await page.reload();
    await untilShown(answerText(page), wordsUpTo(9));
    await page.getByRole('button', { name: 'Send' }).waitFor();
  });

  test('shows a failure, and tries again', async () => {
    await using browser = await openChat();
    const { app, page } = browser;
    app.fake.reply({ status: 400, body: { type: 'error', error: { type: 'invalid_request_error', message: 'No.' } } });
    await send(page, 'Hello');
    await page.getByRole('alert').getByText('No.').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await untilShown(answerText(page), 'Hello! How can I help you today?');
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(browser.pageErrors).toEqual([]);
  });
});
