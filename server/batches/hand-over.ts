import { TrestleError } from '../../shared/error.ts';
import { fieldsOf } from '../calls/plain-object.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import type { AnthropicVersion } from '../claude/messages-api.ts';
import type { WrittenRequest } from '../upstream/claude.ts';
import { mayHaveBegun } from '../upstream/failure.ts';
import { parseLine, toLineError } from './check-line.ts';
import { readRequest } from './endpoints.ts';
import { type KeptBatch, numbersSent, type Part, type Range } from './kept-batches.ts';
import { type KeptLines, LineReader } from './kept-lines.ts';
import { settingsOf, translate } from './line-call.ts';
import { makePart, orderPart } from './parts.ts';
import { Turns } from './turns.ts';
import type { Work } from './work.ts';

/** Requests that become one batch of Claude's. */
interface Group {
  requests: Range[];
  texts: string[];
  bytes: number;
}

/**
 * Gives Claude the requests of a batch that it does not have yet, whose numbers name them there: OpenAI's names may be
 * anything. Resolves to the new state. Rejects when Claude takes no more of them for now.
 */
export async function handOver(work: Work, kept: KeptBatch, lines: KeptLines): Promise<KeptBatch> {
  const { dependencies, call, id, claim } = work;
  const { endpoint } = kept.batch;
  const settings = settingsOf(call, kept);
  const reader = new LineReader(dependencies.storage, call.owner, lines);
  const write = async (number: number): Promise<WrittenRequest | undefined> => {
    const text = await reader.get(number);
    try {
      const request = readRequest(endpoint, fieldsOf(parseLine(text)['body']));
      return await translate(dependencies, settings, { endpoint, request });
    } catch (thrown) {
      // What it refers to has gone since it was looked at; it is told as a request without an answer.
      if (toLineError(thrown) !== undefined) return undefined;
      throw thrown;
    }
  };
  kept = await dependencies.batches.change(call.owner, id, giveUpSending);
  const sent = numbersSent(kept);
  const groups = new Map<AnthropicVersion, Group>();
  const turns = new Turns();
  for (let number = 0; number < lines.count && mayGoOn(kept); number += 1) {
    if (sent.has(number)) continue;
    const written = await write(number);
    if (written) {
      const { version, json } = written;
      const group = groups.get(version) ?? { requests: [], texts: [], bytes: 0 };
      groups.set(version, group);
      add(group, number, json);
      if (group.bytes >= dependencies.partBytes) {
        groups.delete(version);
        kept = await send(work, version, group);
      }
    }
    claim.check();
    await turns.next();
  }
  for (const [version, group] of groups) if (mayGoOn(kept)) kept = await send(work, version, group);
  return await dependencies.batches.change(call.owner, id, (state) => {
    state.handedOver = true;
    if (state.batch.status === 'validating')
      Object.assign(state.batch, { status: 'in_progress', in_progress_at: unixSeconds() });
  });
}

/** What another call was sending when it broke off. */
function giveUpSending(state: KeptBatch): boolean {
  const { sending, unclear = [] } = state;
  if (sending === undefined) return false;
  state.unclear = [...unclear, ...sending];
  delete state.sending;
  return true;
}

/** Whether Claude is to get more of it: it was not cancelled, and its time is not over. */
function mayGoOn({ batch }: KeptBatch): boolean {
  return batch.status === 'validating' && (batch.expires_at ?? Infinity) > unixSeconds();
}

function add(group: Group, number: number, json: Uint8Array | string): void {
  const params = typeof json === 'string' ? json : Buffer.from(json).toString('utf8');
  const text = `{"custom_id":"${number}","params":${params}}`;
  group.texts.push(text);
  group.bytes += text.length;
  const last = group.requests.at(-1);
  if (last?.[1] === number - 1) last[1] = number;
  else group.requests.push([number, number]);
}

async function send(
  { dependencies, call, id }: Work,
  version: AnthropicVersion,
  { requests, texts }: Group,
): Promise<KeptBatch> {
  const change = (change: (state: KeptBatch) => void): Promise<KeptBatch> =>
    dependencies.batches.change(call.owner, id, change);
  await change((state) => void (state.sending = requests));
  const name = await makePart(dependencies.claude, version, texts).catch(async (thrown: unknown) => {
    const isUnclear = !(thrown instanceof TrestleError) || mayHaveBegun(thrown);
    if (!isUnclear) await change((state) => void delete state.sending);
    throw thrown;
  });
  const part: Part = { id: name, version, requests, ended: false, completed: 0, failed: 0 };
  const kept = await change((state) => {
    state.parts.push(part);
    delete state.sending;
  });
  // Its caller cancelled it while Claude was asked.
  if (kept.batch.status === 'cancelling') await orderPart(dependencies.claude, part, 'cancel');
  return kept;
}
