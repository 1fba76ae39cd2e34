import { expect, test } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { capturesOf, OWN_CAPTURES } from '../support/captures.ts';

// What Claude Code and Copilot sent, with their texts and ids taken out: it reaches Claude as it is, whatever fields and
// betas it has, and what Claude says of it comes back as it is.

const captures = capturesOf(/^(claude-code-[1-6]|copilot-4)-/);

test.runIf(OWN_CAPTURES)('there are captures of both clients', () => {
  expect(captures.length).toBeGreaterThan(6);
});

test.each(captures)('$name passes as it came', async ({ url, headers, body }) => {
  await using app = await startApp();
  const json = JSON.stringify(body, null, 1);
  const withKey = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    value.replace('<key>', app.apiKey),
  ]);
  const response = await fetch(app.url + url, { method: 'POST', headers: withKey, body: json });
  const text = await response.text();
  const { path, rawBody, headers: sent } = app.fake.requests.at(-1)!;
  expect([path, rawBody]).toEqual([url.split('?')[0], json]);
  const passed = /^(anthropic-(version|beta)|accept|content-type|user-agent|x-app|x-stainless-.*)$/;
  expect(sent).toMatchObject(Object.fromEntries(Object.entries(headers).filter(([name]) => passed.test(name))));
  expect(sent['authorization']).toBe('Bearer test-upstream-key');
  // This Claude knows the released fields alone, and says of a beta's what the real one says without that beta.
  const [refusal] = app.fake.refusals;
  expect(response.status, text).toBe(refusal?.status ?? 200);
  if (refusal) expect(JSON.parse(text)).toMatchObject({ error: { type: refusal.type, message: refusal.message } });
  else if (body['stream'] === true) expect(text).toMatch(/event: message_stop\ndata: .*\n\n$/);
});

test.each(capturesOf(/^claude-code-7-/))('$name finds the models', async ({ method, url, headers }) => {
  await using app = await startApp();
  const withKey = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    value.replace('<key>', app.apiKey),
  ]);
  const response = await fetch(app.url + url, { method, headers: withKey });
  const { data } = (await response.json()) as { data: object[] };
  expect(data.length).toBeGreaterThan(5);
  for (const model of data) expect(model).toMatchObject({ type: 'model', id: expect.any(String) });
});
