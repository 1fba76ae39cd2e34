import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { weatherAnswer } from '../test/ecosystem/weather-agent.ts';
import { startApp } from '../test/support/app-resource.ts';
import { findFakeModel } from '../test/support/claude-models.ts';
import { type Answer, defaultMessage } from '../test/support/fake-answer.ts';
import type { ClaudeBody } from '../test/support/rules-body.ts';

// Runs OpenAI's Python package, unchanged, against a server with the fake Claude behind it.

const PACKAGE = 'openai==3.54.0';
const CHECKS = fileURLToPath(new URL('../test/ecosystem/openai_python.py', import.meta.url));
/** What pip says when it reaches no index; any other failure of it is a failure of the check. */
const NOT_REACHED = /connection broken by|Max retries exceeded|Temporary failure in name resolution|ProxyError/i;

const execute = promisify(execFile);

const directory = await mkdtemp(join(tmpdir(), 'trestle-python-'));
try {
  const python = await install(directory);
  process.stdout.write(python ? await check(python) : 'python openai: PyPI not reached, left out\n');
} catch (error) {
  const { message, stdout = '', stderr = '' } = error as ExecFileException;
  process.stderr.write(`${stdout}${stderr || message}\n`);
  process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** Makes a virtual environment with the package in it; undefined when the index can't be reached. */
async function install(into: string): Promise<string | undefined> {
  await execute('python3', ['-m', 'venv', into]);
  const python = join(into, 'bin', 'python');
  const options = ['--quiet', '--disable-pip-version-check', '--retries', '1', '--timeout', '20'];
  try {
    await execute(python, ['-m', 'pip', 'install', ...options, PACKAGE]);
    return python;
  } catch (error) {
    if (NOT_REACHED.test((error as ExecFileException).stderr ?? '')) return undefined;
    throw error;
  }
}

async function check(python: string): Promise<string> {
  await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
  app.fake.replyWith(answerTo);
  const env = { ...process.env, TRESTLE_URL: app.url, TRESTLE_KEY: app.apiKey };
  const { stdout } = await execute(python, [CHECKS], { env, timeout: 120_000 });
  return stdout;
}

/** The fake's part in the checks. */
function answerTo(body: ClaudeBody): Answer {
  const asked = JSON.stringify(body.messages.at(-1));
  if (asked.includes('Be busy')) return { status: 429, headers: { 'retry-after': '7' } };
  if (asked.includes('Break off')) {
    return {
      events: [
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
        { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      ],
    };
  }
  const forced = body.tool_choice?.type === 'tool';
  return body.tools && !forced ? weatherAnswer(body) : { message: defaultMessage(body, findFakeModel(body.model)!) };
}
