import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startApp } from '../test/support/app-resource.ts';
import type { Answer } from '../test/support/fake-claude.ts';
import { blocksOf } from '../test/support/rules-blocks-walk.ts';
import type { ClaudeBody } from '../test/support/rules-body.ts';
import { documented, versionOf } from './clients/documented.ts';
import { installClient } from './install-client.ts';

// Runs Claude Code, unchanged, against the server in front of a scripted Claude that calls Claude Code's own tools: it
// reads a file, edits it, and one stream is interrupted half-way. Then it counts tokens, with its key as a bearer token.
// Its variables are those of docs/clients.md.

const SECTION = documented('Claude Code');
const VERSION = versionOf(SECTION);
const BEGUN = 'I will edit';

await using code = await installClient('@anthropic-ai/claude-code', VERSION, 'claude');
await using app = await startApp({ environment: { LOG_LEVEL: 'info' } });
const file = join(code.directory, 'notes.txt');
await writeFile(file, 'hello world\n');
let broke = false;

function answer(body: ClaudeBody): Answer {
  const results = body.messages.flatMap((message) => blocksOf(message)).filter(({ type }) => type === 'tool_result');
  // What it asks beside the conversation, such as a title.
  if ((body.tools ?? []).length === 0) return { message: { content: [{ type: 'text', text: '{"title":"Notes"}' }] } };
  if (results.length === 0) return call('Read', { file_path: file });
  if (results.length > 1) return { message: { content: [{ type: 'text', text: 'Edited.' }] } };
  if (broke) return call('Edit', { file_path: file, old_string: 'hello', new_string: 'goodbye' });
  broke = true;
  return { events: broken(body.model), delayMs: 20, cut: 'reset' };
}

function call(name: string, input: object): Answer {
  return { message: { content: [{ type: 'tool_use', id: `toolu_${name}`, name, input }], stop_reason: 'tool_use' } };
}

function broken(model: string): object[] {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null };
  return [
    {
      type: 'message_start',
      message: { ...message, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: BEGUN } },
  ];
}

/** What Claude Code says to a prompt. Its key comes in the variable `keyIn`. */
function ask(prompt: string, keyIn: string): Promise<string> {
  const { ANTHROPIC_API_KEY: key, ...variables } = SECTION.variables(app);
  return code.run(['-p', prompt, '--permission-mode', 'acceptEdits', '--model', 'claude-sonnet-5-5'], {
    ...variables,
    [keyIn]: key!,
    DISABLE_TELEMETRY: '1',
    IS_SANDBOX: '1',
  });
}

app.fake.replyWith(answer);
const said = await ask('Edit notes.txt', 'ANTHROPIC_API_KEY');
assert.match(said, /Edited\./);
assert.equal(await readFile(file, 'utf8'), 'goodbye world\n');
assert.ok(broke, 'no stream was interrupted');
const lost = app.logs.filter(({ status, route }) => route === '/v1/messages' && Number(status) >= 500);
assert.equal(lost.length, 1, 'the interrupted stream is logged as broken, once');
// It asks with features that this Claude does not know, reads why they are refused, and goes on without them.
for (const { message } of app.fake.refusals) assert.match(message, /Extra inputs are not permitted/);
for (const { headers } of app.fake.requests.filter(({ path }) => path === '/v1/messages')) {
  assert.equal(headers['anthropic-version'], '2023-06-01');
  assert.match(String(headers['anthropic-beta']), /claude-code-20250219/);
  assert.match(String(headers['user-agent']), /^claude-cli\//);
}
assert.match(await ask('/context', 'ANTHROPIC_AUTH_TOKEN'), /Tokens/);
const counted = app.logs.filter(({ route }) => route === '/v1/messages/count_tokens');
assert.ok(counted.length > 10, 'tokens are counted part by part');
assert.ok(
  counted.every(({ status }) => status === 200),
  'every count is answered',
);
process.stdout.write(
  `Claude Code ${VERSION}: read, an edit, a stream that broke half-way, and ${counted.length} counts of tokens\n`,
);
