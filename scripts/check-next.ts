import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startListening } from './listening-process.ts';

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
  await using trestle = await startListening(process.execPath, [join(ROOT, 'dist/server/main.js')], ROOT);
  for (const bundler of ['--turbopack', '--webpack']) {
    await rm(join(folder, '.next'), { recursive: true, force: true });
    await execute('node_modules/.bin/next', ['build', bundler], inFolder);
    await using page = await startListening(process.execPath, ['node_modules/next/dist/bin/next', 'start'], folder, {
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
