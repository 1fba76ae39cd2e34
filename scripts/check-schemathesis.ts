import { execFile, type ExecFileException } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startApp } from '../test/support/app-resource.ts';
import { installPython } from './install-python.ts';

// Has schemathesis make requests of openapi.json's schemas, right ones and wrong ones, and hold the answers against it.

/** Examples of each operation. With the seed, each run makes the same requests on any machine. */
const EXAMPLES = '250';
const SETTINGS = fileURLToPath(new URL('schemathesis.toml', import.meta.url));
const execute = promisify(execFile);

try {
  await using environment = await installPython('schemathesis');
  const { python } = environment;
  process.stdout.write(python ? await check(python) : 'schemathesis: PyPI not reached, left out\n');
} catch (error) {
  const { message, stdout = '', stderr = '' } = error as ExecFileException;
  process.stderr.write(`${stdout.slice(-8000)}${stderr || message}\n`);
  process.exitCode = 1;
}

async function check(python: string): Promise<string> {
  await using app = await startApp();
  const options = [
    '--max-examples',
    EXAMPLES,
    '--seed',
    '1',
    '--generation-database',
    'none',
    // One, since Python 3.11 may lose count of how deep it is where two threads parse its own code at once.
    '--workers',
    '1',
    '--continue-on-failure',
  ];
  const key = ['--header', `authorization: Bearer ${app.apiKey}`];
  const run = [
    '-m',
    'schemathesis.cli',
    '--config-file',
    SETTINGS,
    'run',
    `${app.url}/openapi.json`,
    ...options,
    ...key,
  ];
  const { stdout } = await execute(python, run, { cwd: tmpdir(), timeout: 300_000, maxBuffer: 64 * 1024 * 1024 });
  return stdout.slice(stdout.lastIndexOf('Test cases:'));
}
