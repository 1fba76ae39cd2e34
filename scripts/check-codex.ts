import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AppResource, startApp } from '../test/support/app-resource.ts';
import type { Answer } from '../test/support/fake-claude.ts';
import { blocksOf } from '../test/support/rules-blocks-walk.ts';
import type { ClaudeBody } from '../test/support/rules-body.ts';
import { type InstalledClient, installClient } from './install-client.ts';

// Runs Codex, unchanged, against the server in front of a scripted Claude that calls Codex' own tools: over HTTP as a
// provider of its own, and over the WebSocket of its built-in provider; with names of Claude's, and with one of OpenAI's
// newest by an alias, for which Codex declares its tools in namespaces.

const VERSION = '0.171.0';
const ALIAS = 'gpt-6.2-sol';
const FILE = 'made.txt';
const THINKS = { type: 'thinking', thinking: 'I write the file.', signature: '' };

/** The first tool that runs a command, and how it is called to write the file. */
const WRITERS: Readonly<Record<string, (text: string) => object>> = {
  exec_command: (text) => ({ cmd: `echo ${text} > ${FILE}` }),
  functions__exec: (text) => ({ input: `await tools.exec_command({ cmd: "echo ${text} > ${FILE}" });` }),
};

let calls = 0;

/** Writes what the user asked for, then says so; a summary is asked for without tools. */
function answer(body: ClaudeBody): Answer {
  const asked = body.messages.map((message) => blocksOf(message));
  const last = asked.at(-1)!;
  const results = last.filter(({ type }) => type === 'tool_result');
  if (results.length > 0) return { message: { content: [THINKS, { type: 'text', text: 'The file is written.' }] } };
  const word = /write (\w+)/.exec(JSON.stringify(last))?.[1];
  const tool = body.tools?.find(({ name }) => Object.hasOwn(WRITERS, name));
  if (tool === undefined || word === undefined) return { message: { content: [{ type: 'text', text: 'Summary.' }] } };
  const call = { type: 'tool_use', id: `toolu_${(calls += 1)}`, name: tool.name, input: WRITERS[tool.name]!(word) };
  return { message: { content: [THINKS, call], stop_reason: 'tool_use' } };
}

const PROVIDERS: Readonly<Record<string, (url: string) => string[]>> = {
  HTTP: (url) => [
    '-c',
    'model_provider="trestle"',
    '-c',
    `model_providers.trestle={name="Trestle", base_url="${url}/v1", env_key="TRESTLE_KEY", wire_api="responses"}`,
  ],
  WebSocket: (url) => ['-c', `openai_base_url="${url}/v1"`],
};

async function check(codex: InstalledClient, provider: string, model: string): Promise<string> {
  const environment = { TRESTLE_MODEL_ALIASES: JSON.stringify({ [ALIAS]: 'claude-sonnet-5-5' }), LOG_LEVEL: 'info' };
  await using app = await startApp({ environment });
  app.fake.replyWith(answer);
  const options = ['-m', model, ...PROVIDERS[provider]!(app.url)];
  const exec = ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'];
  const env = {
    CODEX_HOME: codex.home,
    TRESTLE_KEY: app.apiKey,
    OPENAI_API_KEY: app.apiKey,
    CODEX_API_KEY: app.apiKey,
  };

  const said = await codex.run([...exec, ...options, 'Please write first'], env);
  assert.match(said, /The file is written\./);
  assert.equal(await readFile(join(codex.directory, FILE), 'utf8'), 'first\n');
  await codex.run([...exec, 'resume', '--last', ...options, 'Please write second'], env);
  assert.equal(await readFile(join(codex.directory, FILE), 'utf8'), 'second\n');

  assert.deepEqual(
    app.fake.refusals.map(({ message }) => message),
    [],
  );
  checkThinking(app);
  const methods = new Set(app.logs.filter(({ route }) => route !== '/v1/models').map(({ method }) => method));
  assert.ok(methods.has(provider === 'WebSocket' ? 'WS' : 'POST'), `${provider}: ${[...methods].join()}`);
  return `Codex ${VERSION} over ${provider} as ${model}: a file, a second turn, thinking kept\n`;
}

/** In the last request every answer before it has its signed thinking. */
function checkThinking(app: AppResource): void {
  const { messages } = app.fake.requests.at(-1)!.body as ClaudeBody;
  const answers = messages.filter(({ role }) => role === 'assistant').map((message) => blocksOf(message));
  assert.ok(answers.length >= 3, `${answers.length} answers`);
  for (const blocks of answers) assert.equal(blocks[0]?.type, 'thinking');
}

await using codex = await installClient('@openai/codex', VERSION, 'codex');
for (const provider of Object.keys(PROVIDERS))
  for (const model of ['claude-sonnet-5-5', ALIAS]) process.stdout.write(await check(codex, provider, model));
