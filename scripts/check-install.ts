import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startListening } from './listening-process.ts';

// Installs a fresh clone with this Node: `npm ci && npm ci --omit=dev && npm start` answers, and nothing is warned of.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Of another Node than the machine's, npm and what it starts take the one that runs this. */
const PATH = `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`;
const execute = promisify(execFile);
const NOT_BUILT = /Trestle is not built/;

/** Without what an npm that started this says, and without settings of a server. */
const CLEAN = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|TRESTLE_|ANTHROPIC_|NODE_ENV$|HOST$|PORT$)/i.test(name)),
  ),
  // Newer Nodes bring their own certificates, which a company's proxy is not among.
  NODE_USE_SYSTEM_CA: '1',
};

process.env['PATH'] = PATH;
const folder = await mkdtemp(join(tmpdir(), 'trestle-install-'));
try {
  await execute('git', ['clone', '--quiet', ROOT, folder]);
  const withoutCompiler = await npm('ci', '--omit=dev');
  expectText('npm ci --omit=dev in a fresh clone', withoutCompiler, NOT_BUILT);
  const refused = await npm('start').catch((error: unknown) => String((error as { stderr?: string }).stderr));
  expectText('npm start where nothing is built', refused, NOT_BUILT);

  const installed = await npm('ci');
  const warned = installed.split('\n').filter((line) => /EBADENGINE|install-scripts|deprecated/.test(line));
  if (warned.length > 0) throw new Error(`npm ci warns:\n${warned.join('\n')}`);
  await npm('ci', '--omit=dev');
  await using server = await startListening('npm', ['start'], folder);
  const answer = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'claude-sonnet-5-5', messages: [{ role: 'user', content: 'Hello!' }] }),
  });
  expectText('POST /v1/chat/completions', await answer.text(), /simulated Claude/);
  for (const name of ['docs', 'docs/swagger-ui.css', 'docs/swagger-ui-bundle.js']) {
    const page = await fetch(`${server.url}/${name}`);
    if (!page.ok) throw new Error(`/${name} gave ${page.status}`);
  }
  process.stdout.write(`Node ${process.version}: installed without a warning, started without development packages\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function npm(...command: string[]): Promise<string> {
  const { stdout, stderr } = await execute('npm', [...command, '--no-audit', '--no-fund'], {
    cwd: folder,
    timeout: 600_000,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...CLEAN, PATH, npm_config_foreground_scripts: 'true' },
  });
  return stdout + stderr;
}

function expectText(what: string, text: string, expected: RegExp): void {
  if (!expected.test(text)) throw new Error(`${what} does not say ${expected}:\n${text}`);
}
