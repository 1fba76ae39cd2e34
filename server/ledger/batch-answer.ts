import { createCallRecord } from '../calls/call.ts';
import type { Spending } from '../calls/spending.ts';
import { Costs } from './costs.ts';
import type { PriceTable } from './price-table.ts';

/** An answer to a request of a batch. */
export interface BatchAnswer {
  /** Names the request, so that its answer is in the ledger once. */
  batchRequest: string;
  model: string;
  /** As Claude has told it. */
  usage: unknown;
}

/** What an answer of a batch cost; undefined where Claude has told no tokens. */
export function spendingOf(
  dependencies: { prices: PriceTable },
  access: Spending['access'],
  { batchRequest, model, usage }: BatchAnswer,
): Spending | undefined {
  const costs = new Costs(dependencies);
  costs.add(model, usage);
  let found: Spending | undefined;
  const spent = (spending: Spending): void => void (found = { ...spending, batchRequest });
  costs.settle({ spent }, { access, record: createCallRecord() });
  return found;
}
