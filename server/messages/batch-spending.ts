import type { Access } from '../calls/caller.ts';
import { fieldsOf } from '../calls/plain-object.ts';
import type { Spending } from '../calls/spending.ts';
import { spendingOf } from '../ledger/batch-answer.ts';
import type { PriceTable } from '../ledger/price-table.ts';
import { LineSplitter } from '../upstream/read-lines.ts';

/** Answers that are put into the ledger together. */
const GROUP = 500;

export interface CountedBatch {
  id: string;
  /** On whose account it is. */
  access: Pick<Access, 'keyId' | 'projectId'>;
}

/** What counting needs from outside. */
export interface BatchLedger {
  prices: PriceTable;
  /** Puts what answers of a batch cost into the ledger, each once. Rejects when that can't be done for now. */
  writeOnce: (spent: readonly Spending[]) => Promise<void>;
  /** Receives why something could not be stored. */
  onStorageFailure: (error: unknown) => void;
}

/**
 * The results of a batch as they come, each answer of which is put into the ledger, once however often they are read: they
 * are the only place where Claude says what it took.
 */
export async function* countedResults(
  dependencies: BatchLedger,
  batch: CountedBatch,
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const splitter = new LineSplitter();
  let spent: Spending[] = [];
  const write = async (): Promise<void> => {
    const group = spent;
    spent = [];
    // The caller's bytes do not wait for what only the operator needs; the next reading counts what was missed.
    await dependencies.writeOnce(group).catch(dependencies.onStorageFailure);
  };
  const count = (lines: Iterable<string>): void => {
    for (const line of lines) {
      const spending = spendingOfLine(dependencies, batch, line);
      if (spending) spent.push(spending);
    }
  };
  try {
    for await (const piece of pieces) {
      yield piece;
      count(splitter.push(piece));
      if (spent.length >= GROUP) await write();
    }
    count(splitter.end());
  } finally {
    if (spent.length > 0) await write();
  }
}

/** Undefined for a request without an answer. */
function spendingOfLine(dependencies: BatchLedger, { id, access }: CountedBatch, line: string): Spending | undefined {
  let read: Record<string, unknown>;
  try {
    read = fieldsOf(JSON.parse(line));
  } catch {
    // Claude's own lines are JSON; what is none is the caller's to wonder about.
    return undefined;
  }
  const { model, usage } = fieldsOf(fieldsOf(read['result'])['message']);
  if (typeof model !== 'string' || typeof read['custom_id'] !== 'string') return undefined;
  return spendingOf(dependencies, access, { batchRequest: `${id}/${read['custom_id']}`, model, usage });
}
