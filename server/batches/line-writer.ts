import { createHash } from 'node:crypto';
import { TrestleError } from '../../shared/error.ts';
import { fieldsOf } from '../calls/plain-object.ts';
import { toTrestleError } from '../calls/to-trestle-error.ts';
import { spendingOf } from '../ledger/batch-answer.ts';
import type { BatchOutcome } from '../upstream/batch-result.ts';
import { parseLine } from './check-line.ts';
import { readRequest } from './endpoints.ts';
import type { KeptBatch } from './kept-batches.ts';
import { type KeptLines, LineReader } from './kept-lines.ts';
import { answerLine, settingsOf } from './line-call.ts';
import type { Settlement, Unanswered } from './settlement.ts';
import type { Work } from './work.ts';

/** Writes what a request has come to. */
export function lineWriter(
  work: Work,
  kept: KeptBatch,
  lines: KeptLines,
  settlement: Settlement,
): (number: number, outcome: BatchOutcome | Unanswered) => Promise<void> {
  const { dependencies, call, id } = work;
  const { endpoint } = kept.batch;
  const settings = settingsOf(call, kept);
  const reader = new LineReader(dependencies.storage, call.owner, lines);
  return async (number, outcome) => {
    const { custom_id: customId, body } = parseLine(await reader.get(number));
    const digits = digitsOf(id, number);
    const named = { id: `batch_req_${digits}`, custom_id: customId };
    if (typeof outcome === 'string') return await settlement.unanswered(named, UNANSWERED[outcome]);
    if (!(outcome instanceof TrestleError)) {
      // Claude bills it, also where the door refuses it: what it refers to may have gone meanwhile.
      const spending = spendingOf(dependencies, settings.access, { batchRequest: named.id, ...outcome });
      if (spending) settlement.spent.push(spending);
    }
    let answer: object;
    try {
      const request = readRequest(endpoint, fieldsOf(body));
      answer = await answerLine(
        {
          ...dependencies,
          // The same each time, so that what a door stores of an answer is stored once.
          newId: (prefix) => prefix + digits,
          spent: () => {},
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
  outcome_unknown: 'outcome_unknown',
};

/** Digits of an id that is the same each time. */
export function digitsOf(batch: string, which: string | number): string {
  return createHash('sha256').update(`${batch}/${which}`).digest('hex').slice(0, 32);
}
