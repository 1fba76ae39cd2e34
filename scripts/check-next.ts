import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, listens } from './proxy-processes.ts';
import { setTimeout as wait } from 'node:timers/promises';

// Builds examples/next-chat with both bundlers of Next, from the packed package, and asks each of its routes.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const execute = promisify(execFile);
const environment = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };

const folder = await mkdtemp(join(tmpdir(), 'trestle-next-'));
try {
  const inFolder = { cwd: folder, env: environment, timeout: 600_000 };
  const { stdout } = await execute('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: ROOT,
  });
  await cp(join(ROOT, 'examples/next-chat'), folder, { recursive: true });
  const manifest = await readFile(join(folder, 'package.json'), 'utf8');
  await writeFile(join(folder, 'package.json'), manifest.replace('file:../..', `file:./${stdout.trim()}`));
  await execute('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], inFolder);
  await using trestle = await start(process.execPath, [join(ROOT, 'dist/server/main.js')], ROOT);
  for (const bundler of ['--turbopack', '--webpack']) {
    await rm(join(folder, '.next'), { recursive: true, force: true });
    await execute('node_modules/.bin/next', ['build', bundler], inFolder);
    await using page = await start(process.execPath, ['node_modules/next/dist/bin/next', 'start'], folder, {
      TRESTLE_URL: trestle.url,
    });
    await expectText(page.url, /\d+<!-- --> models/);
    for (const route of ['/api/answer', '/api/edge']) {
      await expectText(`${page.url}${route}`, /simulated Claude/, { method: 'POST', body: 'Hello' });
    }
    process.stdout.write(`examples/next-chat, ${bundler.slice(2)}: page, route handler and edge answered\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function expectText(url: string, text: RegExp, init?: RequestInit): Promise<void> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  const body = await response.text();
  if (!response.ok || !text.test(body)) throw new Error(`${url} gave ${response.status}: ${body.slice(0, 2000)}`);
}

/** A server that listens where PORT says. */
async function start(
  command: string,
  parameters: string[],
  cwd: string,
  variables: Record<string, string> = {},
): Promise<AsyncDisposable & { url: string }> {
  const port = await freePort();
  const child = spawn(command, parameters, {
    cwd,
    env: { PATH: process.env['PATH'], PORT: String(port), LOG_LEVEL: 'warn', ...variables },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`${parameters.join(' ')} ended before it listened`);
    await wait(100);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT');
      await exited;
    },
  };
}
