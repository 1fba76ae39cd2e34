import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type AppResource, startApp } from '../support/app-resource.ts';
import { errorOf, HELLO } from '../support/rest-request.ts';

const KEYLESS = { TRESTLE_API_KEYS: '', LOG_LEVEL: 'info' };
const INPUT = encodeURIComponent(JSON.stringify({ json: HELLO }));

/** A request as a browser writes it; `fetch` sets some of these headers itself. */
async function raw(
  { url }: AppResource,
  method: string,
  target: string,
  headers: Record<string, string>,
): Promise<string> {
  const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
  const lines = Object.entries({ host: new URL(url).host, connection: 'close', ...headers });
  socket.write(`${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  return await text(socket);
}

const CROSS_SITE: Record<string, string>[] = [
  // An image, a link, a script, a form, a no-cors fetch.
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
  // A page of another port of this host.
  { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
  // An EventSource.
  { origin: 'https://evil.example', accept: 'text/event-stream' },
  // A browser that says nothing of where it is.
  {},
];

test.each([
  `/trpc/chat.stream?input=${INPUT}`,
  `/%74rpc/chat.stream?input=${INPUT}`,
  `/trpc//chat.stream?input=${INPUT}`,
  `/trpc/chat%2Estream?input=${INPUT}`,
  `/trpc/chat%252Estream?input=${INPUT}`,
  `/trpc/models.list,chat.countTokens?batch=1&input=${encodeURIComponent(JSON.stringify({ 0: {}, 1: { json: HELLO } }))}`,
  `http://127.0.0.1/trpc/chat.stream?input=${INPUT}`,
])('no page of another origin spends anything by GET %s on a server without keys', async (target) => {
  await using app = await startApp({ environment: KEYLESS });
  for (const headers of CROSS_SITE) {
    for (const method of ['GET', 'HEAD']) {
      expect(await raw(app, method, target, headers)).toMatch(/^HTTP\/1\.1 40[0345] /);
    }
  }
  expect(app.fake.requests.filter(({ path }) => path.startsWith('/v1/messages'))).toEqual([]);
});

test.each(['/v1/models', '/%76%31/models', '/v1//models/', '/metrics', '/trpc/models.list'])(
  'a page of another origin may not ask for %s, however it is spelled',
  async (target) => {
    await using app = await startApp({ environment: KEYLESS });
    for (const headers of CROSS_SITE.slice(0, 3))
      expect(await raw(app, 'GET', target, headers)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw(app, 'GET', target, {})).toMatch(/^HTTP\/1\.1 200 /);
  },
);

test.each(['/healthz', '/readyz', '/openapi.json', '/docs', '/docs/start.js'])(
  '%s is for everybody',
  async (target) => {
    await using app = await startApp({ environment: KEYLESS });
    expect(await raw(app, 'GET', target, { origin: 'https://any.example' })).toMatch(/^HTTP\/1\.1 200 /);
  },
);

test.each([
  ['sec-fetch-site', 'same-origin'],
  ['x-trpc-source', 'mine'],
  ['content-type', 'application/json'],
  ['authorization', 'Bearer any'],
])('a GET with %s: %s, which a page of another origin cannot send, calls Claude', async (name, value) => {
  await using app = await startApp({ environment: KEYLESS });
  const answer = await fetch(`${app.url}/trpc/chat.stream?input=${INPUT}`, { headers: { [name]: value } });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('event: return');
});

test('a refused page is a warning that names the origin and the setting', async () => {
  await using app = await startApp({ environment: { LOG_LEVEL: 'info' } });
  const response = await fetch(`${app.url}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
  });
  expect(response.status).toBe(403);
  const { message } = await errorOf(response);
  expect(message).toMatch(/https:\/\/app\.example .*TRESTLE_CORS_ORIGINS/);
  await expect
    .poll(() => app.logs.at(-1))
    .toMatchObject({
      level: 40,
      status: 403,
      origin: 'https://app.example',
      reason: message,
      code: 'origin_not_allowed',
    });
});

test('behind a proxy that hides the name, pages of the public address may call', async () => {
  await using app = await startApp({ environment: { TRESTLE_PUBLIC_URL: 'https://ai.example/trestle' } });
  const call = (origin: string): Promise<Response> =>
    fetch(`${app.url}/v1/models`, { headers: { origin, authorization: `Bearer ${app.apiKey}` } });
  expect((await call('https://ai.example')).status).toBe(200);
  expect((await call('https://ai.example:444')).status).toBe(403);
});

test('the reference page says nothing that a browser should not believe, and works below a path', async () => {
  await using app = await startApp({ environment: KEYLESS });
  const page = await fetch(`${app.url}/docs`);
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(page.headers.get('x-frame-options')).toBe('DENY');
  const addresses = [...(await page.text()).matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
  expect(addresses.filter((address) => address !== 'data:,').every((address) => address.startsWith('docs/'))).toBe(
    true,
  );
  for (const address of addresses.slice(1)) expect((await fetch(`${app.url}/${address}`)).status).toBe(200);
  expect((await fetch(`${app.url}/docs/`)).url).toBe(`${app.url}/docs`);
});
