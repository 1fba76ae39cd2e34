import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startApp } from '../test/support/app-resource.ts';
import type { Answer } from '../test/support/fake-claude.ts';
import { blocksOf } from '../test/support/rules-blocks-walk.ts';
import type { ClaudeBody } from '../test/support/rules-body.ts';
import { installClient } from './install-client.ts';

// Runs Claude Code, unchanged, against the server in front of a scripted Claude that calls Claude Code's own tools: it
// reads a file, edits it, and one stream is interrupted half-way.

const VERSION = '2.1.332';
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

app.fake.replyWith(answer);
const said = await code.run(
  ['-p', 'Edit notes.txt', '--permission-mode', 'acceptEdits', '--model', 'claude-sonnet-5-5'],
  { ANTHROPIC_BASE_URL: app.url, ANTHROPIC_API_KEY: app.apiKey, DISABLE_TELEMETRY: '1', IS_SANDBOX: '1' },
);
assert.match(said, /Edited\./);
assert.equal(await readFile(file, 'utf8'), 'goodbye world\n');
assert.ok(broke, 'no stream was interrupted');
const lost = app.logs.filter(({ status, route }) => route === '/v1/messages' && Number(status) >= 500);
assert.equal(lost.length, 1, 'the interrupted stream is logged as broken, once');
// It asks with features that this Claude does not know, reads why they are refused, and goes on without them.
for (const { message } of app.fake.refusals) assert.match(message, /Extra inputs are not permitted/);
process.stdout.write(`Claude Code ${VERSION}: read, an edit, and a stream that broke half-way\n`);
