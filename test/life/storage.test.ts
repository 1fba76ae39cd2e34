import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { startFakeClaude } from '../support/fake-claude.ts';
import { storageFile } from '../support/storage-file.ts';
import { MODEL } from '../upstream/post-chat.ts';
import { startServer } from './server-process.ts';
import { startWorkers } from './worker-server.ts';

const KEY = 'ab'.repeat(32);

describe('several workers', { timeout: 60_000 }, () => {
  test.each(['memory', 'sqlite'])('find what one of them stored in %s', async (kind) => {
    await using fake = await startFakeClaude();
    await using file = await storageFile();
    const before = new Set(await readdir(tmpdir()));
    const TRESTLE_STORAGE = kind === 'memory' ? 'memory' : `sqlite:${file.path}`;
    await using workers = await startWorkers(fake, { TRESTLE_STORAGE });
    const { id } = (await (await workers.post({ store: true })).json()) as { id: string };
    for (let ask = 0; ask < 4; ask += 1) {
      const response = await workers.fetch(`/v1/chat/completions/${id}`);
      expect([response.status, await response.json()]).toMatchObject([200, { id }]);
    }
    const ask = async (path: string, body: object): Promise<[number, { id: string }]> => {
      const headers = { 'content-type': 'application/json' };
      const response = await workers.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      return [response.status, (await response.json()) as { id: string }];
    };
    const [, talk] = await ask('/v1/conversations', {});
    let [status, response] = await ask('/v1/responses', { model: MODEL, input: 'Hello', conversation: talk.id });
    for (let turn = 0; turn < 4; turn += 1) {
      expect(status).toBe(200);
      const next = { model: MODEL, input: 'And then?', previous_response_id: response.id };
      [status, response] = await ask('/v1/responses', next);
    }
    const items = await (await workers.fetch(`/v1/conversations/${talk.id}/items`)).json();
    expect(items).toMatchObject({ data: [{ role: 'assistant' }, { role: 'user' }] });
    workers.server.child.kill('SIGTERM');
    expect(await workers.server.exited).toBe(0);
    const left = (await readdir(tmpdir())).filter((name) => !before.has(name) && /^trestle-\w{6}$/.test(name));
    expect(left).toEqual([]);
  });
});

describe('a storage that can not be opened', { timeout: 30_000 }, () => {
  test.each(['1', '2'])('stops the start, with %s workers, in words that name the variable', async (workers) => {
    await using file = await storageFile();
    const TRESTLE_STORAGE = `sqlite:${file.path}`;
    const environment = { TRESTLE_STORAGE, TRESTLE_WORKERS: workers, ANTHROPIC_API_KEY: 'x' };
    await using first = startServer({ ...environment, TRESTLE_STORAGE_KEY: KEY });
    await first.url();
    await using second = startServer(environment);
    expect(await second.exited).toBe(1);
    expect(second.stderr).toMatch(/TRESTLE_STORAGE_KEY: .* was begun with another key, or without one/);
    expect(second.stderr).not.toContain(KEY);
  });

  test.each([
    ['TRESTLE_STORAGE', 'file:x'],
    ['TRESTLE_STORAGE', 'sqlite:'],
    ['TRESTLE_STORAGE_DAYS', '0'],
    ['TRESTLE_STORAGE_KEY', 'too short'],
  ])('%s=%s stops the start', async (name, value) => {
    await using server = startServer({ [name]: value });
    expect(await server.exited).toBe(1);
    expect(server.stderr).toMatch(new RegExp(`${name}: .*expected`));
    if (name === 'TRESTLE_STORAGE_KEY') expect(server.stderr).not.toContain(value);
  });
});
