import assert from 'node:assert/strict';
import type { ExecFileException } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AppResource, startApp } from '../test/support/app-resource.ts';
import { type ClientFolder, installDocumented } from './clients/client-folder.ts';
import { type Documented, documented, versionOf } from './clients/documented.ts';
import { type CheckedClient, CLIENTS, type Run } from './clients/table.ts';
import { ASKED, FILE, writeInto, WRITTEN } from './clients/writing-claude.ts';
import { NOT_REACHED } from './install-python.ts';

// Installs each coding agent and application of docs/clients.md, unchanged, as that document says, and runs what it says
// against the server in front of a scripted Claude, which calls the client's own tools.
//
//   npx tsx scripts/check-clients.ts [NAME...]

/** Most of the time goes by in registries. */
const LANES = 3;

const [, , ...named] = process.argv;
const waiting = CLIENTS.filter(({ name }) => named.length === 0 || named.includes(name));
assert.ok(waiting.length > 0, `no client is called ${named.join(' or ')}`);
await Promise.all(Array.from({ length: LANES }, runLane));

async function runLane(): Promise<void> {
  for (let client = waiting.shift(); client !== undefined; client = waiting.shift()) {
    const started = Date.now();
    try {
      const said = await check(client);
      process.stdout.write(`${said} (${Math.round((Date.now() - started) / 1000)} s)\n`);
    } catch (error) {
      const { message, stdout = '', stderr = '' } = error as ExecFileException;
      const { install } = documented(client.name);
      if (install.startsWith('pip ') && NOT_REACHED.test(stderr)) {
        process.stdout.write(`${client.name} (${install.split('\n')[0]}): PyPI not reached, left out\n`);
        continue;
      }
      process.stderr.write(`${client.name}: ${message}\n${stdout}${stderr}\n`);
      process.exitCode = 1;
    }
  }
}

async function check(client: CheckedClient): Promise<string> {
  const section = documented(client.name);
  await using folder = await installDocumented(section, client);
  for (const run of client.runs) await checkRun(client, section, folder, run);
  const routes = client.runs.map(({ route }) => route).join(', ');
  return `${client.name} ${versionOf(section)}: a file, and a second turn, over ${routes}`;
}

async function checkRun(client: CheckedClient, section: Documented, folder: ClientFolder, run: Run): Promise<void> {
  await using app = await startApp({ environment: { LOG_LEVEL: 'info' } });
  app.fake.replyWith(writeInto(folder.work));
  const { change = (text: string) => text } = run;
  const files = section.files(app).map(([file, text]): [string, string] => [file, change(text)]);
  const commands = change(section.commands(app));
  await folder.write(files);
  const said = await folder.run(commands);
  const prompts = [...files.map(([, text]) => text), commands].flatMap((text) => [...text.matchAll(ASKED)]);
  await checkWriting(prompts, said, folder);
  const conversation = JSON.stringify(app.fake.requests.at(-1)!.body);
  if (!client.forgets) for (const [prompt] of prompts) assert.ok(conversation.includes(prompt), `${prompt}\n${said}`);
  checkRequests(app, run);
}

/** Each prompt was answered, the last one by the file that it asked for. */
async function checkWriting(prompts: RegExpExecArray[], said: string, { work }: ClientFolder): Promise<void> {
  assert.ok(prompts.length > 1, 'a second turn');
  assert.ok(said.split(WRITTEN).length > prompts.length, said);
  assert.equal((await readFile(join(work, FILE), 'utf8')).trim(), prompts.at(-1)![1]);
  await rm(join(work, FILE));
}

/** All requests went where they should, and Claude took what came of them. */
function checkRequests(app: AppResource, { route }: Run): void {
  assert.deepEqual(
    app.fake.refusals.map(({ message }) => message),
    [],
  );
  const asked = app.logs.filter(({ route: path }) => typeof path === 'string' && !path.startsWith('/v1/models'));
  assert.deepEqual([...new Set(asked.map((line) => line['route']))], [route]);
  assert.deepEqual(
    asked.filter(({ status }) => status !== 200),
    [],
  );
}
