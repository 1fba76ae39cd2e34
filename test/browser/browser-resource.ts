import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { type CuttingRelay, startRelay } from '../support/cutting-relay.ts';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** A page in Chromium, and the server that it reaches through a relay; the page comes from another origin. */
export interface BrowserResource extends AsyncDisposable {
  app: AppResource;
  relay: CuttingRelay;
  page: Page;
  /** Of the built pages. */
  pagesUrl: string;
  /** What went wrong in the page, uncaught. */
  pageErrors: Error[];
}

export async function startBrowser(environment: Record<string, string> = {}): Promise<BrowserResource> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  const pages = await servePages(inject('pages'));
  const app = await startApp({ environment: { TRESTLE_CORS_ORIGINS: pages.url, ...environment } });
  const relay = await startRelay(app.url);
  const page = await browser.newPage({ viewport: { width: 1000, height: 760 } });
  page.setDefaultTimeout(20_000);
  const pageErrors: Error[] = [];
  page.on('pageerror', (error) => pageErrors.push(error));
  // What the example's settings form keeps.
  const settings = JSON.stringify({ url: relay.url, apiKey: app.apiKey });
  await page.addInitScript(`localStorage.setItem('trestle:settings', ${JSON.stringify(settings)})`);
  return {
    app,
    relay,
    page,
    pagesUrl: pages.url,
    pageErrors,
    async [Symbol.asyncDispose]() {
      await browser.close();
      for (const resource of [relay, app, pages]) await resource[Symbol.asyncDispose]();
    },
  };
}

async function servePages(directory: string): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((request, response) => {
    const path = normalize(request.url!.split('?')[0]!);
    const file = join(directory, path === '/' ? 'index.html' : path);
    readFile(file).then(
      (body) => response.setHeader('content-type', TYPES[extname(file)] ?? 'text/plain').end(body),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
