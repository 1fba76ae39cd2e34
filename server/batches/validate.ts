import { randomUUID } from 'node:crypto';
import type { BatchError } from '../../shared/batch.ts';
import { TrestleError } from '../../shared/error.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import { readLines } from '../upstream/read-lines.ts';
import { LineCheck, LineError, toLineError } from './check-line.ts';
import type { KeptBatch } from './kept-batches.ts';
import { type KeptLines, LineWriter } from './kept-lines.ts';
import { settingsOf, translate } from './line-call.ts';
import { Turns } from './turns.ts';
import type { Work } from './work.ts';

/** Maximum number of requests of a batch: OpenAI's. Claude's own batches take 100,000. */
const MAX_REQUESTS = 50_000;
/** Faults that are reported; after that many the file is not read any further. */
const MAX_ERRORS = 100;

/**
 * Looks at each line of the input file as the live door would, and keeps the requests, or says what is wrong with them:
 * then the batch has failed, and Claude has got nothing of it. Resolves to the new state.
 */
export async function validate(work: Work, kept: KeptBatch): Promise<KeptBatch> {
  const { dependencies, call, id } = work;
  const lines = new LineWriter(dependencies.storage, call.owner, randomUUID());
  let found: KeptLines | BatchError[];
  try {
    found = await readAll(work, kept, lines);
  } catch (thrown) {
    await lines.discard();
    throw thrown;
  }
  if (!Array.isArray(found)) {
    const { count } = found;
    return await dependencies.batches.change(call.owner, id, (state) => {
      state.lines = found;
      state.batch.request_counts = { total: count, completed: 0, failed: 0 };
    });
  }
  await lines.discard();
  return await dependencies.batches.change(call.owner, id, ({ batch }) => {
    Object.assign(batch, { status: 'failed', failed_at: unixSeconds(), errors: { object: 'list', data: found } });
  });
}

async function readAll(
  { dependencies, call, claim }: Work,
  kept: KeptBatch,
  lines: LineWriter,
): Promise<KeptLines | BatchError[]> {
  const { endpoint, input_file_id: inputFile } = kept.batch;
  const settings = settingsOf(call, kept);
  const check = new LineCheck(endpoint);
  const turns = new Turns();
  const errors: BatchError[] = [];
  let [number, requests] = [0, 0];
  try {
    for await (const text of readLines(await dependencies.files.content(call.owner, inputFile))) {
      number += 1;
      if (text.trim() === '') continue;
      requests += 1;
      if (requests > MAX_REQUESTS) throw new LineError('too_many_requests', TOO_MANY);
      if (errors.length === MAX_ERRORS) throw new LineError('too_many_errors', MORE_ERRORS);
      try {
        await translate(dependencies, settings, { endpoint, request: check.read(text) });
        await lines.add(text);
      } catch (thrown) {
        const error = toLineError(thrown);
        if (error === undefined) throw thrown;
        errors.push(error.toObject(number));
      }
      claim.check();
      await turns.next();
    }
    if (requests === 0) throw new LineError('empty_file', 'The input file has no requests.');
  } catch (thrown) {
    errors.push(toFileError(thrown).toObject(null));
  }
  return errors.length > 0 ? errors : await lines.end();
}

const TOO_MANY = `A batch has at most ${MAX_REQUESTS} requests: make several of them.`;
const MORE_ERRORS = `The file was not read behind its first ${MAX_ERRORS} faults.`;

/** A fault of the whole file. Anything else is thrown again. */
function toFileError(thrown: unknown): LineError {
  if (thrown instanceof LineError) return thrown;
  if (thrown instanceof TrestleError && thrown.kind === 'not_found')
    return new LineError('input_file_not_found', 'The input file is gone.', 'input_file_id');
  throw thrown;
}
