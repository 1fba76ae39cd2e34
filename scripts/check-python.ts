import { execFile, type ExecFileException } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { answerTo } from '../test/ecosystem/scripted-answers.ts';
import { startApp } from '../test/support/app-resource.ts';
import { installPython, PACKAGES } from './install-python.ts';

// Runs Python's clients, unchanged, against a server with the fake Claude behind it: OpenAI's package alone, or, where the
// second argument asks for `newer`, those that speak Responses and Messages.

const [, , , which] = process.argv;
const [PROGRAM, MODULE] =
  which === 'newer'
    ? (['newer_clients_python.py', 'langchain_openai'] as const)
    : (['openai_python.py', 'openai'] as const);
const CHECKS = fileURLToPath(new URL(`../test/ecosystem/${PROGRAM}`, import.meta.url));
const execute = promisify(execFile);

try {
  await using environment = await installPython(MODULE);
  const { python } = environment;
  process.stdout.write(python ? await check(python) : `${PACKAGES[MODULE].join(', ')}: PyPI not reached, left out\n`);
} catch (error) {
  const { message, stdout = '', stderr = '' } = error as ExecFileException;
  process.stderr.write(`${stdout}${stderr || message}\n`);
  process.exitCode = 1;
}

async function check(python: string): Promise<string> {
  const keys = { TRESTLE_KEY: 'test-key', TRESTLE_OTHER_KEY: 'other-key' };
  const environment = { TRESTLE_MAX_RETRIES: '0', TRESTLE_API_KEYS: Object.values(keys).join(',') };
  await using app = await startApp({ environment });
  app.fake.replyWith(answerTo);
  const env = { ...process.env, TRESTLE_URL: app.url, ...keys };
  const { stdout } = await execute(python, [CHECKS], { env, timeout: 300_000 });
  return stdout;
}
