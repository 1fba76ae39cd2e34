import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AppResource, startApp } from '../test/support/app-resource.ts';
import { blocksOf } from '../test/support/rules-blocks-walk.ts';
import type { ClaudeBody } from '../test/support/rules-body.ts';
import { documented, versionOf } from './clients/documented.ts';
import { FILE, writeInto, WRITTEN } from './clients/writing-claude.ts';
import { type InstalledClient, installClient } from './install-client.ts';

// Runs Codex, unchanged, against the server in front of a scripted Claude that calls Codex' own tools: over HTTP as a
// provider of its own, and over the WebSocket of its built-in provider; with names of Claude's, and with one of OpenAI's
// newest by an alias, for which Codex declares its tools in namespaces.

const SECTION = documented('Codex');
const VERSION = versionOf(SECTION);
const ALIAS = 'gpt-6.2-sol';
/** Tokens from which on Codex shortens a conversation. */
const COMPACT_AT = 100_000;
const SUMMARY = 'The user wants 4711 to be remembered.';
const CATALOGUE = 'HTTP, with the catalogue of models,';
/** The settings of each; those with the catalogue are the ones that docs/clients.md has. */
const PROVIDERS: Readonly<Record<string, (app: AppResource) => string>> = {
  HTTP: (app) => PROVIDERS[CATALOGUE]!(app).replace(/^model_catalog_url = .*$/m, ''),
  [CATALOGUE]: (app) => SECTION.files(app)[0]![1],
  WebSocket: ({ url }) => `openai_base_url = "${url}/v1"`,
};

const EXEC = ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'];

function environmentOf({ home }: InstalledClient, { apiKey }: AppResource): Record<string, string> {
  return { CODEX_HOME: home, TRESTLE_KEY: apiKey, OPENAI_API_KEY: apiKey, CODEX_API_KEY: apiKey };
}

async function check(codex: InstalledClient, over: string, model: string): Promise<string> {
  const environment = { TRESTLE_MODEL_ALIASES: JSON.stringify({ [ALIAS]: 'claude-sonnet-5-5' }), LOG_LEVEL: 'info' };
  await using app = await startApp({ environment });
  app.fake.replyWith(writeInto(codex.directory));
  await writeFile(join(codex.home, 'config.toml'), PROVIDERS[over]!(app));
  const options = ['-m', model];
  const env = environmentOf(codex, app);

  const said = await codex.run([...EXEC, ...options, `Write first into ${FILE}`], env);
  assert.ok(said.includes(WRITTEN), said);
  if (over === CATALOGUE) assert.doesNotMatch(said, /Model metadata/);
  assert.equal(await readFile(join(codex.directory, FILE), 'utf8'), 'first\n');
  await codex.run([...EXEC, 'resume', '--last', ...options, `Write second into ${FILE}`], env);
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
  await writeFile(join(codex.home, 'config.toml'), PROVIDERS[over]!(app));
  const options = ['-m', 'claude-sonnet-5-5', '-c', `model_auto_compact_token_limit=${COMPACT_AT}`];
  await codex.run([...EXEC, ...options, 'Please remember 4711'], environmentOf(codex, app));
  const resumed = [...EXEC, 'resume', '--last', ...options, 'Which number?'];
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
