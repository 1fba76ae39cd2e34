import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { HELLO } from '../support/rest-request.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** The server with this as standard output; it says where it listens by answering. */
async function startWith(stdout: 'pipe' | number): Promise<{ child: ChildProcess; url: string; stderr: () => string }> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/main.ts'], {
    cwd: resolve(import.meta.dirname, '../..'),
    env: { PATH: process.env['PATH'], PORT: String(port), TRESTLE_DRAIN_TIMEOUT_MS: '1000' },
    stdio: ['ignore', stdout, 'pipe'],
  });
  let stderr = '';
  child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()));
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => expect((await fetch(`${url}/healthz`)).status).toBe(200), { timeout: 12_000 });
  return { child, url, stderr: () => stderr };
}

test.each([
  ['a pipe that nobody reads', 'pipe' as const, 1500],
  ['a disk that is full', '/dev/full', 20],
])('%s stops neither answers nor the end of the process', { timeout: 60_000 }, async (_name, output, requests) => {
  const fd = output === 'pipe' ? 'pipe' : openSync(output, 'w');
  const { child, url, stderr } = await startWith(fd);
  try {
    const path = `/${'x'.repeat(190)}`;
    for (let sent = 0; sent < requests; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}${path}`).then((response) => response.text())));
    }
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(HELLO),
    });
    expect(answer.status).toBe(200);
    if (output !== 'pipe') {
      await eventually(() => expect(stderr()).toMatch(/^trestle: the log can't be written \(ENOSPC\)/));
      expect(stderr().match(/can't be written/g)).toHaveLength(1);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(Number(/^trestle_log_dropped_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
    }
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
    if (typeof fd === 'number') closeSync(fd);
  }
});
