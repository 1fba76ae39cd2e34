import type { Call } from '../calls/call.ts';
import type { Spending } from '../calls/spending.ts';
import type { Files } from '../files/files.ts';
import type { Claim } from '../store/claim.ts';
import type { Storage } from '../store/storage.ts';
import type { LineDependencies } from './endpoints.ts';
import type { KeptBatches } from './kept-batches.ts';

/** What the work on a batch needs from outside. */
export interface WorkDependencies extends LineDependencies {
  storage: Storage;
  files: Files;
  batches: KeptBatches;
  /** Puts what the answers of a batch cost into the ledger, each once. Rejects when that can't be done for now. */
  writeOnce: (spent: readonly Spending[]) => Promise<void>;
  /** Counts it in this process's numbers. */
  count: (spending: Spending) => void;
  /** Bytes from which on a batch of Claude's is sent. */
  partBytes: number;
}

/** Work on one batch, which nobody else does at the same time. */
export interface Work {
  dependencies: WorkDependencies;
  call: Pick<Call, 'owner' | 'record'>;
  /** The batch's id. */
  id: string;
  claim: Claim;
}
