import { execFile, type ExecFileException } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { answerTo } from '../test/ecosystem/scripted-answers.ts';
import { type AppResource, startApp } from '../test/support/app-resource.ts';

// Runs clients of other languages, unchanged and from their registries, against a server with the fake Claude behind it.

const execute = promisify(execFile);

interface Client {
  name: string;
  /** Where its program is; it runs in a copy. */
  folder: string;
  /** Left out, with a line, where one of them is missing. */
  tools: readonly string[];
  steps: readonly (readonly string[])[];
}

const CLIENTS: readonly Client[] = [
  {
    name: 'LangChain4j',
    folder: 'java',
    tools: ['java', 'mvn'],
    steps: [
      ['mvn', '-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'],
      ['java', '-cp', 'lib/*', 'LangChain4jCheck.java'],
    ],
  },
  { name: 'go-openai', folder: 'go', tools: ['go'], steps: [['go', 'run', '.']] },
];

await using app = await startApp({ environment: { TRESTLE_MAX_RETRIES: '0' } });
app.fake.replyWith(answerTo);
for (const client of CLIENTS) {
  try {
    process.stdout.write(await check(client, app));
  } catch (error) {
    const { message, stdout = '', stderr = '' } = error as ExecFileException;
    process.stderr.write(`${client.name}: ${stdout}${stderr || message}\n`);
    process.exitCode = 1;
  }
}

async function check({ name, folder, tools, steps }: Client, { url, apiKey }: AppResource): Promise<string> {
  for (const tool of tools) {
    const isThere = await execute('which', [tool]).then(
      () => true,
      () => false,
    );
    if (!isThere) return `${name}: left out, this machine has no ${tool}\n`;
  }
  const directory = await mkdtemp(join(tmpdir(), `trestle-${folder}-`));
  try {
    await cp(fileURLToPath(new URL(`../test/ecosystem/${folder}`, import.meta.url)), directory, { recursive: true });
    let said = '';
    for (const [command, ...parameters] of steps) {
      const env = { ...process.env, TRESTLE_URL: url, TRESTLE_KEY: apiKey };
      said = (await execute(command!, parameters, { cwd: directory, env, timeout: 300_000 })).stdout;
    }
    return said;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
