import { expect, test } from 'vitest';
import { startBrowser } from './browser-resource.ts';

test('the plain page asks and shows the answer', async () => {
  await using browser = await startBrowser({ TRESTLE_API_KEYS: '' });
  const { relay, page, pagesUrl } = browser;
  await page.goto(`${pagesUrl}/plain-page/index.html?url=${encodeURIComponent(relay.url)}`);
  await page.getByLabel('Question').fill('Hello');
  await page.getByRole('button').click();
  await page.getByText('How can I help you today?').waitFor();
  expect(browser.pageErrors).toEqual([]);
});
