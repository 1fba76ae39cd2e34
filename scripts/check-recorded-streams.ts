import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { ChunkTranslator } from '../server/claude/answer/chunk-translator.ts';
import { toCompletion } from '../server/claude/answer/to-completion.ts';
import { mergeUsage } from '../server/claude/answer/usage.ts';
import { MessageAccumulator } from '../server/claude/message-accumulator.ts';
import type { ClaudeEvent, ClaudeMessage } from '../server/claude/messages-api.ts';
import { ChatCompletionChunk } from '../shared/chat-chunk.ts';
import { ChatCompletion } from '../shared/chat-completion.ts';
import { foldChunks } from '../shared/fold-chunks.ts';

// Replays recorded answers of Claude whole and streamed: both must come to the same completion.
// A recording is `<name>.chunks.txt`, one event a line, or `<name>.json`, a whole message, or both.

const DIRECTORY = new URL('../../shared/claude/streams/', import.meta.url);
const ENVELOPE = { id: 'chatcmpl-recorded', created: 1_790_000_000 };
const STREAM = '.chunks.txt';

if (existsSync(DIRECTORY)) await checkAll();
else process.stdout.write('recorded streams: left out, there are none here\n');

async function checkAll(): Promise<void> {
  const names = await readdir(DIRECTORY);
  const counts = { streams: 0, whole: 0, twins: 0 };
  const faults: string[] = [];
  for (const name of names.sort()) {
    const fault = (what: string): unknown => faults.push(`${name}: ${what}`);
    if (name.endsWith('.json')) {
      counts.whole += 1;
      checkWhole(await readMessage(name), fault);
    } else if (name.endsWith(STREAM)) {
      counts.streams += 1;
      const events = await readEvents(name);
      const message = toMessage(events);
      checkStream(events, message, fault);
      const twin = name.replace(STREAM, '.json');
      // Most pairs were recorded as two answers to one question; only those of the same id must agree.
      if (!names.includes(twin)) continue;
      const recorded = await readMessage(twin);
      if (recorded.id !== message.id) continue;
      counts.twins += 1;
      if (!isDeepStrictEqual(completionOf(recorded), completionOf(message))) fault(`is not the answer of ${twin}`);
    }
  }
  const { streams, whole, twins } = counts;
  if (streams === 0) faults.push(`no recordings in ${fileURLToPath(DIRECTORY)}`);
  for (const found of faults) process.stderr.write(`${found}\n`);
  process.stdout.write(
    `recorded streams: ${streams} streams, ${whole} whole answers (${twins} of both kinds), ${faults.length} faults\n`,
  );
  if (faults.length > 0) process.exitCode = 1;
}

/** The streamed answer, folded, is the completion of the same answer given whole, and both fit the contract. */
function checkStream(events: ClaudeEvent[], message: ClaudeMessage, fault: (what: string) => void): void {
  const translator = new ChunkTranslator({ ...ENVELOPE, model: '', includeUsage: true });
  const chunks = [...events.flatMap((event) => translator.push(event)), ...translator.finish([])];
  if (!translator.complete) fault('has no message_stop');
  for (const chunk of chunks) if (!ChatCompletionChunk.safeParse(chunk).success) fault('gives a chunk out of contract');
  const folded = foldChunks(chunks);
  const whole = completionOf(message);
  if (!isDeepStrictEqual(folded, whole)) {
    fault(`folds to another completion:\n  ${JSON.stringify(folded)}\n  ${JSON.stringify(whole)}`);
  }
}

function checkWhole(message: ClaudeMessage, fault: (what: string) => void): void {
  const completion = completionOf(message);
  if (!ChatCompletion.safeParse(completion).success) fault('gives a completion out of contract');
  const { message: said } = completion.choices[0]!;
  if (said.content === null && said.refusal === null && !said.tool_calls) fault('says nothing');
}

function completionOf(message: ClaudeMessage): ChatCompletion {
  return toCompletion(message, ENVELOPE, []);
}

/** The whole message that a stream comes to. */
function toMessage(events: readonly ClaudeEvent[]): ClaudeMessage {
  const accumulator = new MessageAccumulator();
  const message: ClaudeMessage = { model: '', content: [], stop_reason: null, usage: {} };
  for (const event of events) {
    accumulator.push(event);
    Object.assign(message, event.message, { usage: mergeUsage(message.usage, event.message?.usage ?? event.usage) });
    if (event.type === 'message_delta') Object.assign(message, event.delta);
  }
  return { ...message, content: accumulator.take() };
}

async function readEvents(name: string): Promise<ClaudeEvent[]> {
  const lines = (await readFile(new URL(name, DIRECTORY), 'utf8')).split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as ClaudeEvent);
}

async function readMessage(name: string): Promise<ClaudeMessage> {
  return JSON.parse(await readFile(new URL(name, DIRECTORY), 'utf8')) as ClaudeMessage;
}
