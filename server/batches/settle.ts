import { createHash } from 'node:crypto';
import { fieldsOf } from '../calls/plain-object.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import type { FileDraft } from '../files/file-draft.ts';
import { type BatchOutcome, readBatchResult } from '../upstream/batch-result.ts';
import { parseLine } from './check-line.ts';
import { readRequest } from './endpoints.ts';
import { isOver, type KeptBatch, numbersIn } from './kept-batches.ts';
import { deleteLines, type KeptLines, LineReader } from './kept-lines.ts';
import { answerLine, settingsOf } from './line-call.ts';
import { readPart } from './parts.ts';
import { readLines } from './read-lines.ts';
import { Settlement, type Unanswered } from './settlement.ts';
import { Turns } from './turns.ts';
import type { Work } from './work.ts';

/**
 * Reads the results of a batch that Claude has ended, once, and writes the files of its answers. Nothing of it can be
 * seen before all of it is there. A call that breaks off leaves nothing that the next one, which begins anew, would do
 * twice. Resolves to the new state.
 */
export async function settle(work: Work, kept: KeptBatch, lines: KeptLines): Promise<KeptBatch> {
  const { dependencies, call, id } = work;
  const settlement = new Settlement(dependencies.files, call.owner);
  try {
    await readResults(work, kept, lines, settlement);
  } catch (thrown) {
    await settlement.discard();
    throw thrown;
  }
  const publish = async (draft: FileDraft, kind: 'output' | 'error'): Promise<string | undefined> => {
    if (draft.bytes === 0) return undefined;
    const filename = `${id}_${kind}.jsonl`;
    const details = { filename, purpose: 'batch_output' as const, expires_after: kept.outputExpiresAfter };
    // Whoever comes to this a second time, after a crash, finds the file of the first.
    return (await draft.publish(details, `file-${digitsOf(id, kind)}`)).id;
  };
  const outputFile = await publish(settlement.output, 'output');
  const errorFile = await publish(settlement.errors, 'error');
  // Before the batch is over: after a crash in between the next call writes them again, and each is kept once.
  await dependencies.writeOnce(settlement.spent);
  let isFirst = false;
  const settled = await dependencies.batches.change(call.owner, id, (state) => {
    isFirst = !isOver(state);
    if (!isFirst) return false;
    const { batch } = state;
    Object.assign(batch, settlement.toEnd(batch));
    if (outputFile !== undefined) batch.output_file_id = outputFile;
    if (errorFile !== undefined) batch.error_file_id = errorFile;
  });
  if (isFirst) {
    for (const spending of settlement.spent) dependencies.count(spending);
    if (settlement.usage) call.record.usage = settlement.usage;
  }
  await deleteLines(dependencies.storage, call.owner, lines);
  return settled;
}

async function readResults(work: Work, kept: KeptBatch, lines: KeptLines, settlement: Settlement): Promise<void> {
  const { dependencies, claim } = work;
  const write = lineWriter(work, kept, lines, settlement);
  const open = new Set(Array.from({ length: lines.count }, (_none, number) => number));
  const turns = new Turns();
  for (const part of kept.parts) {
    const results = await readPart(dependencies.claude, part);
    if (results === undefined) continue;
    for await (const text of readLines(results)) {
      if (text.trim() === '') continue;
      const { customId, outcome } = readBatchResult(text);
      const number = Number(customId);
      if (open.delete(number)) await write(number, outcome);
      claim.check();
      await turns.next();
    }
  }
  const sent = new Set(kept.parts.flatMap(numbersIn));
  for (const number of open) {
    await write(number, sent.has(number) ? 'no_result' : neverSent(kept));
    claim.check();
    await turns.next();
  }
}

/** Writes what a request has come to. */
function lineWriter(
  { dependencies, call, id }: Work,
  kept: KeptBatch,
  lines: KeptLines,
  settlement: Settlement,
): (number: number, outcome: BatchOutcome | Unanswered) => Promise<void> {
  const { endpoint } = kept.batch;
  const settings = settingsOf(call, kept);
  const reader = new LineReader(dependencies.storage, call.owner, lines);
  return async (number, outcome) => {
    const { custom_id: customId, body } = parseLine(await reader.get(number));
    const digits = digitsOf(id, number);
    const named = { id: `batch_req_${digits}`, custom_id: customId };
    if (typeof outcome === 'string') return await settlement.unanswered(named, UNANSWERED[outcome]);
    let answer: object;
    try {
      const request = readRequest(endpoint, fieldsOf(body));
      answer = await answerLine(
        {
          ...dependencies,
          // The same each time, so that what a door stores of an answer is stored once.
          newId: (prefix) => prefix + digits,
          spent: (spending) => settlement.spent.push({ ...spending, batchRequest: named.id }),
        },
        settings,
        { endpoint, request },
        outcome,
      );
    } catch (thrown) {
      const error = toTrestleError(thrown);
      return await settlement.refused(named, error.status, { error: error.toObject() });
    }
    await settlement.answered(named, answer);
  };
}

const UNANSWERED: Readonly<Record<(BatchOutcome & string) | Unanswered, Unanswered>> = {
  canceled: 'batch_cancelled',
  expired: 'batch_expired',
  batch_cancelled: 'batch_cancelled',
  batch_expired: 'batch_expired',
  no_result: 'no_result',
};

/** Why Claude never got a request. */
function neverSent({ batch }: KeptBatch): Unanswered {
  if (batch.status === 'cancelling') return 'batch_cancelled';
  return (batch.expires_at ?? Infinity) > unixSeconds() ? 'no_result' : 'batch_expired';
}

/** Digits of an id that is the same each time. */
function digitsOf(batch: string, which: string | number): string {
  return createHash('sha256').update(`${batch}/${which}`).digest('hex').slice(0, 32);
}
