import diagnostics from 'node:diagnostics_channel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startApp } from '../support/app-resource.ts';
import { postChat, readSse } from './post-chat.ts';

/** Headers that belong to the connection, not to us. */
const TRANSPORT = ['connection', 'content-length', 'host'];
const OURS = ['accept', 'anthropic-version', 'authorization', 'content-type', 'user-agent'];
const FROM_CALLER = {
  'x-api-key': 'sk-caller',
  'anthropic-beta': 'caller-beta',
  'anthropic-version': '2023-01-01',
  cookie: 'session=caller',
  'x-forwarded-for': '10.1.2.3',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

afterEach(() => vi.unstubAllEnvs());

describe.each([{ stream: false }, { stream: true }])('what Claude receives with stream: $stream', (fields) => {
  it('has our headers and no others, whatever the caller sends', async () => {
    await using app = await startApp();
    const response = await postChat(app, fields, { headers: FROM_CALLER });
    expect(response.status).toBe(200);
    const { headers } = await app.fake.waitForRequest();
    const names = Object.keys(headers).filter((name) => !TRANSPORT.includes(name));
    expect(names.sort()).toEqual(OURS);
    expect(headers).toMatchObject({
      authorization: 'Bearer test-upstream-key',
      'anthropic-version': '2026-10-21',
      'content-type': 'application/json',
      accept: 'application/json',
    });
  });

  it('names the old API version exactly when a sampling field is sent', async () => {
    await using app = await startApp();
    const sampling = { temperature: 0.2 };
    await postChat(app, { ...fields, ...sampling });
    await postChat(app, fields);
    await postChat(app, { ...fields, ...sampling, model: 'claude-opus-5-5' });
    const sent = app.fake.requests.map(({ headers, body }) => [
      headers['anthropic-version'],
      'temperature' in (body as object),
    ]);
    expect(sent).toEqual([
      ['2023-06-01', true],
      ['2026-10-21', false],
      ['2026-10-21', false],
    ]);
    expect(app.fake.refusals).toEqual([]);
  });

  it("is not changed by the SDK's environment variables", async () => {
    vi.stubEnv(
      'ANTHROPIC_CUSTOM_HEADERS',
      [
        'authorization: Bearer sk-environment',
        'x-api-key: sk-environment',
        'anthropic-version: 2023-01-01',
        'anthropic-beta: environment-beta',
        'user-agent: environment',
        'accept: text/plain',
        'content-type: text/plain',
        'x-secret: environment',
      ].join('\n'),
    );
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'sk-environment');
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-environment');
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://127.0.0.1:9');
    await using app = await startApp();
    expect((await postChat(app, fields)).status).toBe(200);
    const { headers } = await app.fake.waitForRequest();
    expect(JSON.stringify(headers)).not.toContain('environment');
    expect(
      Object.keys(headers)
        .filter((name) => !TRANSPORT.includes(name))
        .sort(),
    ).toEqual(OURS);
    expect(headers['anthropic-version']).toBe('2026-10-21');
  });

  it('may ask for more tokens than the SDK would without streaming', async () => {
    await using app = await startApp();
    const response = await postChat(app, { ...fields, model: 'claude-opus-5-5', max_completion_tokens: 128_000 });
    expect(response.status).toBe(200);
    const { body } = await app.fake.waitForRequest();
    expect(body).toMatchObject({ max_tokens: 128_000 });
  });
});

it('asks for the models with the same headers', async () => {
  vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'x-api-key: sk-environment\nx-secret: environment');
  await using app = await startApp();
  const response = await fetch(`${app.url}/v1/models`, { headers: { authorization: `Bearer ${app.apiKey}` } });
  expect(response.status).toBe(200);
  const { headers } = await app.fake.waitForRequest(1, '/v1/models');
  const names = Object.keys(headers).filter((name) => !TRANSPORT.includes(name));
  expect(OURS).toEqual(expect.arrayContaining(names));
  expect(headers).toMatchObject({ authorization: 'Bearer test-upstream-key', 'anthropic-version': '2026-10-21' });
});

it('sends an auth token as it sends a key', async () => {
  await using app = await startApp({
    environment: { ANTHROPIC_API_KEY: '', ANTHROPIC_AUTH_TOKEN: 'test-upstream-key' },
  });
  expect((await postChat(app)).status).toBe(200);
  const { headers } = await app.fake.waitForRequest();
  expect(headers.authorization).toBe('Bearer test-upstream-key');
});

it('keeps the path of a base URL', async () => {
  await using app = await startApp();
  await using behindPath = await startApp({ environment: { ANTHROPIC_BASE_URL: `${app.fake.url}/proxy/` } });
  expect((await postChat(behindPath)).status).toBe(404);
  expect(app.fake.requests.map(({ path }) => path)).toEqual(['/proxy/v1/messages']);
});

it('uses one connection to Claude for calls that follow each other', async () => {
  await using app = await startApp();
  const connections = countConnections();
  for (let index = 0; index < 6; index += 1) {
    const response = await postChat(app, { stream: index % 2 === 0 });
    if (index % 2 === 0) expect((await readSse(response)).at(-1)).toBe('[DONE]');
    else expect(await response.json()).toMatchObject({ object: 'chat.completion' });
  }
  // A failure that was read whole does not cost the connection either.
  app.fake.reply({ status: 529, headers: { 'retry-after': '0' } });
  expect((await postChat(app)).status).toBe(200);
  expect(app.fake.requests).toHaveLength(8);
  expect(connections.to(app.fake.url)).toBe(1);
});

/** Counts the connections that undici opens in this process. */
function countConnections(): { to(url: string): number } {
  const ports: string[] = [];
  const onConnected = (message: unknown): void => {
    const { connectParams } = message as { connectParams: { port: string } };
    ports.push(connectParams.port);
  };
  diagnostics.subscribe('undici:client:connected', onConnected);
  return { to: (url) => ports.filter((port) => port === new URL(url).port).length };
}
