import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { gatedWords, wordsUpTo } from '../support/gated-words.ts';
import { startBrowser } from './browser-resource.ts';

test("tRPC's hooks for TanStack Query: a query, a mutation, and a subscription through a cut network", async () => {
  await using browser = await startBrowser();
  const { app, page, relay, pagesUrl } = browser;
  await page.goto(`${pagesUrl}/#hooks`);
  await page.getByLabel('Claude Sonnet 4.6').check();

  await page.getByRole('button', { name: 'Ask' }).first().click();
  await page.getByText('Hello! How can I help you today?').waitFor();

  const answer = page.locator('section').nth(2).locator('.answer');
  app.fake.reply({
    events: gatedWords(20, async (index) => {
      if (index % 5 !== 4) return;
      await eventually(async () => expect(await answer.textContent()).toBe(wordsUpTo(index)), { timeout: 20_000 });
      relay.cut();
    }),
  });
  await page.getByRole('button', { name: 'Ask' }).last().click();
  await eventually(async () => expect(await answer.textContent()).toBe(wordsUpTo(20)), { timeout: 20_000 });
  expect(app.fake.requests.filter(({ path }) => path === '/v1/messages')).toHaveLength(2);
  expect(relay.connections).toBeGreaterThan(4);
  expect(browser.pageErrors).toEqual([]);
});
