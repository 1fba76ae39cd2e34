import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
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
/** Tokens from which on Codex shortens a conversation. */
const COMPACT_AT = 100_000;
const SUMMARY = 'The user wants 4711 to be remembered.';
const THINKS = { type: 'thinking', thinking: 'I write the file.', signature: '' };

const ADD = `*** Begin Patch\n*** Add File: ${FILE}\n+first\n*** End Patch\n`;
const UPDATE = `*** Begin Patch\n*** Update File: ${FILE}\n@@\n-first\n+second\n*** End Patch\n`;

/** The first tool that runs a command, and how it is called to write the file. */
const WRITERS: Readonly<Record<string, (text: string) => object>> = {
  apply_patch: (text) => ({ input: text === 'first' ? ADD : UPDATE }),
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
  const names = new Set(body.tools?.map(({ name }) => name));
  const tool = Object.keys(WRITERS).find((name) => names.has(name));
  if (tool === undefined || word === undefined) return { message: { content: [{ type: 'text', text: 'Summary.' }] } };
  const call = { type: 'tool_use', id: `toolu_${(calls += 1)}`, name: tool, input: WRITERS[tool]!(word) };
  return { message: { content: [THINKS, call], stop_reason: 'tool_use' } };
}

function provider(url: string, more = ''): string[] {
  const fields = `name="Trestle", base_url="${url}/v1", env_key="TRESTLE_KEY", wire_api="responses"${more}`;
  return ['-c', 'model_provider="trestle"', '-c', `model_providers.trestle={${fields}}`];
}

const CATALOGUE = 'HTTP, with the catalogue of models,';
const PROVIDERS: Readonly<Record<string, (url: string) => string[]>> = {
  HTTP: (url) => provider(url),
  [CATALOGUE]: (url) => provider(url, `, model_catalog_url="${url}/v1/models"`),
  WebSocket: (url) => ['-c', `openai_base_url="${url}/v1"`],
};

const EXEC = ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'];

function environmentOf({ home }: InstalledClient, { apiKey }: AppResource): Record<string, string> {
  return { CODEX_HOME: home, TRESTLE_KEY: apiKey, OPENAI_API_KEY: apiKey, CODEX_API_KEY: apiKey };
}

async function check(codex: InstalledClient, over: string, model: string): Promise<string> {
  const environment = { TRESTLE_MODEL_ALIASES: JSON.stringify({ [ALIAS]: 'claude-sonnet-5-5' }), LOG_LEVEL: 'info' };
  await using app = await startApp({ environment });
  app.fake.replyWith(answer);
  const options = ['-m', model, ...PROVIDERS[over]!(app.url)];
  const env = environmentOf(codex, app);

  const said = await codex.run([...EXEC, ...options, 'Please write first'], env);
  assert.match(said, /The file is written\./);
  if (over === CATALOGUE) assert.doesNotMatch(said, /Model metadata/);
  assert.equal(await readFile(join(codex.directory, FILE), 'utf8'), 'first\n');
  await codex.run([...EXEC, 'resume', '--last', ...options, 'Please write second'], env);
  assert.equal(await readFile(join(codex.directory, FILE), 'utf8'), 'second\n');

  assert.deepEqual(
    app.fake.refusals.map(({ message }) => message),
    [],
  );
  checkThinking(app);
  const methods = new Set(app.logs.filter(({ route }) => route !== '/v1/models').map(({ method }) => method));
  assert.ok(methods.has(over === 'WebSocket' ? 'WS' : 'POST'), `${over}: ${[...methods].join()}`);
  return `Codex ${VERSION} over ${over} as ${model}: a file, a second turn, thinking kept\n`;
}

/** A conversation that Codex shortens by itself, before the next turn, since its first answer says that it is long. */
async function checkCompaction(codex: InstalledClient, over: string): Promise<string> {
  await using app = await startApp();
  const asked: string[] = [];
  app.fake.replyWith(({ messages }) => {
    asked.push(JSON.stringify(messages));
    const text = ['Noted.', SUMMARY, 'It is 4711.'][asked.length - 1] ?? 'Too many requests.';
    const usage = { input_tokens: asked.length === 1 ? 3 * COMPACT_AT : 10, output_tokens: 5 };
    return { message: { content: [{ type: 'text', text }], usage } };
  });
  const options = [...EXEC, ...PROVIDERS[over]!(app.url), '-m', 'claude-sonnet-5-5'];
  const limit = ['-c', `model_auto_compact_token_limit=${COMPACT_AT}`];
  await codex.run([...options, ...limit, 'Please remember 4711'], environmentOf(codex, app));
  const resumed = [...EXEC, 'resume', '--last', ...options.slice(EXEC.length), ...limit, 'Which number?'];
  const said = await codex.run(resumed, environmentOf(codex, app));
  assert.match(said, /context compacted[\s\S]*It is 4711\./);
  assert.equal(asked.length, 3);
  assert.match(asked[1]!, /summary|summarize/i);
  assert.ok(asked[2]!.includes(SUMMARY) && asked[2]!.includes('Which number?'), 'the summary takes the place');
  assert.ok(!asked[2]!.includes('Noted.'), 'what was summed up is not sent again');
  assert.equal(app.fake.refusals.length, 0);
  return `Codex ${VERSION} over ${over}: a conversation that it shortened by itself\n`;
}

/** In the last request every answer before it has its signed thinking. */
function checkThinking(app: AppResource): void {
  const { messages } = app.fake.requests.at(-1)!.body as ClaudeBody;
  const answers = messages.filter(({ role }) => role === 'assistant').map((message) => blocksOf(message));
  assert.ok(answers.length >= 3, `${answers.length} answers`);
  for (const blocks of answers) assert.equal(blocks[0]?.type, 'thinking');
}

await using codex = await installClient('@openai/codex', VERSION, 'codex');
for (const over of Object.keys(PROVIDERS))
  for (const model of over === CATALOGUE ? ['claude-sonnet-5-5'] : ['claude-sonnet-5-5', ALIAS]) {
    await rm(join(codex.directory, FILE), { force: true });
    process.stdout.write(await check(codex, over, model));
  }
for (const over of ['HTTP', 'WebSocket']) process.stdout.write(await checkCompaction(codex, over));
