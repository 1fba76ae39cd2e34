import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { type FakeClaude, startFakeClaude } from '../support/fake-claude.ts';
import { MODEL, postChat, readSse, textOf } from '../upstream/post-chat.ts';
import { startServer } from './server-process.ts';

vi.setConfig({ testTimeout: 30_000 });

const BEGIN = [
  { type: 'message_start', message: { id: 'msg_1', model: MODEL, usage: { input_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Half, ' } },
];
const REST = [
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'and the rest.' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];

const keyed = (fake: FakeClaude): Record<string, string> => ({
  ANTHROPIC_API_KEY: 'test-upstream-key',
  ANTHROPIC_BASE_URL: fake.url,
  TRESTLE_API_KEYS: 'test-key',
});

describe('without an Anthropic key', () => {
  it('starts with a simulated Claude, says so everywhere, and stops at SIGTERM with 0', async () => {
    await using server = startServer();
    const url = await server.url();
    await eventually(() => expect(server.stdout).toContain('SIMULATED Claude'));
    expect(server.stdout).toContain(`curl ${url}/v1/chat/completions`);
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok', demo: true });
    const answer = await postChat({ url, apiKey: 'none' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-trestle-demo')).toBe('true');
    expect(answer.headers.get('x-trestle-notices')).toBe('model=substituted');
    expect(await answer.text()).toMatch(/simulated: no Claude was asked/);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ok', demo: true });
    const strict = await postChat({ url, apiKey: 'none' }, {}, { headers: { 'x-trestle-strict': 'true' } });
    expect(strict.status).toBe(200);
    await strict.text();
    server.child.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    expect(server.stderr).toBe('');
  });
});

it('warns when every page in a browser may call a server without keys', async () => {
  await using server = startServer({ TRESTLE_CORS_ORIGINS: '*' });
  await server.url();
  expect(server.stdout).toContain('TRESTLE_CORS_ORIGINS is * and there are no keys');
});

describe('where nothing listens', () => {
  it('starts, and says so in the log and in /readyz', async () => {
    await using server = startServer({ ANTHROPIC_API_KEY: 'key', ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' });
    const url = await server.url();
    await eventually(
      () => expect(server.stdout).toContain("Claude can't be reached: nothing listens at ANTHROPIC_BASE_URL"),
      { timeout: 10_000 },
    );
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({
      status: 'ok',
      upstream: 'nothing listens at ANTHROPIC_BASE_URL',
    });
  });

  it('does not begin with a simulation where callers have keys', async () => {
    await using server = startServer({ TRESTLE_API_KEYS: 'key' });
    expect(await server.exited).toBe(1);
    expect(server.stderr).toMatch(/ANTHROPIC_API_KEY: needed.*TRESTLE_DEMO=true/s);
  });
});

describe('with an Anthropic key', () => {
  it('starts with the real Claude, without a word of simulation or of the key', async () => {
    await using fake = await startFakeClaude();
    await using server = startServer(keyed(fake));
    const url = await server.url();
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ok' });
    await fake.waitForRequest(1, '/v1/models');
    server.child.kill('SIGINT');
    expect(await server.exited).toBe(0);
    expect(server.stdout).not.toMatch(/SIMULATED|test-upstream-key|test-key/);
  });
});

describe('a server that can not start', () => {
  it('names every wrong variable at once and exits with 1', async () => {
    await using server = startServer({ PORT: 'http', HOST: '0.0.0.0', LOG_LEVEL: 'loud', TRESTLE_MAX_RETRIES: 'many' });
    expect(await server.exited).toBe(1);
    expect(server.stderr).toContain("Trestle can't start");
    for (const name of ['PORT', 'LOG_LEVEL', 'TRESTLE_MAX_RETRIES', 'TRESTLE_API_KEYS']) {
      expect(server.stderr).toContain(`  ${name}: `);
    }
    expect(server.stderr).not.toMatch(/\n\s+at /);
    expect(server.stdout).toBe('');
  });

  it('says that its port is taken and exits with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      await using server = startServer({ PORT: String(port) });
      expect(await server.exited).toBe(1);
      expect(server.stderr).toBe(`Trestle can't listen on 127.0.0.1:${port}: EADDRINUSE\n`);
    } finally {
      other.close();
    }
  });
});

describe('SIGTERM', () => {
  it('lets a running stream finish while new calls are turned away, then exits with 0', async () => {
    await using fake = await startFakeClaude();
    await using server = startServer(keyed(fake));
    const app = { url: await server.url(), apiKey: 'test-key' };
    let goOn: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    fake.reply({ events: [...BEGIN, () => gate, ...REST] });
    const running = await postChat(app, { stream: true });
    expect(running.status).toBe(200);

    server.child.kill('SIGTERM');
    await eventually(async () => expect((await fetch(`${app.url}/readyz`)).status).toBe(503));
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    for (const fields of [{ stream: false }, { stream: true }]) {
      const refused = await postChat(app, fields);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await refused.json()).toMatchObject({ error: { type: 'server_error', code: 'draining' } });
    }
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/trpc`);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(503);
    socket.on('error', () => undefined).terminate();

    goOn!();
    const data = await readSse(running);
    expect([textOf(data), data.at(-1)]).toEqual(['Half, and the rest.', '[DONE]']);
    expect(await server.exited).toBe(0);
  });

  it('ends what still runs at the deadline, and exits with 0', async () => {
    await using fake = await startFakeClaude();
    await using server = startServer({ ...keyed(fake), TRESTLE_DRAIN_TIMEOUT_MS: '100' });
    const app = { url: await server.url(), apiKey: 'test-key' };
    fake.reply({ events: [...BEGIN, () => new Promise<void>(() => undefined)] });
    const running = await postChat(app, { stream: true });
    server.child.kill('SIGTERM');
    expect((await readSse(running)).at(-1)).toMatchObject({ error: { code: 'draining' } });
    expect(await server.exited).toBe(0);
    expect(server.stdout).toContain('"aborted":1');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('followed by %s exits at once', async (second) => {
    await using fake = await startFakeClaude();
    await using server = startServer(keyed(fake));
    const app = { url: await server.url(), apiKey: 'test-key' };
    fake.reply({ events: [...BEGIN, () => new Promise<void>(() => undefined)] });
    const running = await postChat(app, { stream: true });
    server.child.kill('SIGTERM');
    await eventually(() => expect(server.stdout).toContain('stopping'));
    server.child.kill(second);
    expect(await server.exited).toBe(1);
    await expect(running.text()).rejects.toThrow('terminated');
  });
});
