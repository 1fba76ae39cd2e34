import { unixSeconds } from '../calls/unix-seconds.ts';
import type { FileDraft } from '../files/file-draft.ts';
import { readBatchResult } from '../upstream/batch-result.ts';
import { readLines } from '../upstream/read-lines.ts';
import { isOver, type KeptBatch, numbersIn, numbersSent } from './kept-batches.ts';
import { deleteLines, type KeptLines } from './kept-lines.ts';
import { digitsOf, lineWriter } from './line-writer.ts';
import { readPart } from './parts.ts';
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
  const unclear = new Set(numbersIn(kept.unclear ?? []));
  const sent = numbersSent(kept);
  for (const number of open) {
    await write(number, unclear.has(number) ? 'outcome_unknown' : sent.has(number) ? 'no_result' : neverSent(kept));
    claim.check();
    await turns.next();
  }
}

/** Why Claude never got a request. */
function neverSent({ batch }: KeptBatch): Unanswered {
  if (batch.status === 'cancelling') return 'batch_cancelled';
  return (batch.expires_at ?? Infinity) > unixSeconds() ? 'no_result' : 'batch_expired';
}
