import { execFile, type ExecFileException } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { weatherAnswer } from '../test/ecosystem/weather-agent.ts';
import { startApp } from '../test/support/app-resource.ts';
import { findFakeModel } from '../test/support/claude-models.ts';
import { type Answer, defaultMessage } from '../test/support/fake-answer.ts';
import type { ClaudeBody } from '../test/support/rules-body.ts';
import { installPython } from './install-python.ts';

// Runs OpenAI's Python package, unchanged, against a server with the fake Claude behind it.

const CHECKS = fileURLToPath(new URL('../test/ecosystem/openai_python.py', import.meta.url));
const execute = promisify(execFile);

try {
  await using environment = await installPython();
  const { python } = environment;
  process.stdout.write(python ? await check(python) : 'python openai: PyPI not reached, left out\n');
} catch (error) {
  const { message, stdout = '', stderr = '' } = error as ExecFileException;
  process.stderr.write(`${stdout}${stderr || message}\n`);
  process.exitCode = 1;
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
