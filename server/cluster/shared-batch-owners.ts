import type { BatchMemory, BatchOwners, OwnedBatch } from '../messages/batch-owners.ts';
import type { Peers } from './peers.ts';

/** A caller waits for its answer no longer than this because another worker is slow to take a copy. */
const MAX_MS = 1000;
const SEED_MS = 2000;

/** Whose each batch is, as every worker knows it: whoever made one may ask any of them for it. */
export class SharedBatchOwners implements BatchOwners {
  readonly #local: BatchMemory;
  readonly #peers: Peers;
  readonly idsOf: BatchOwners['idsOf'];

  constructor(local: BatchMemory, peers: Peers) {
    this.#local = local;
    this.#peers = peers;
    this.idsOf = (owner) => local.idsOf(owner);
  }

  async add(owner: string, id: string): Promise<void> {
    await this.#local.add(owner, id);
    await this.#tell({ owner, id }, true);
  }

  async release(owner: string, id: string): Promise<void> {
    await this.#local.release(owner, id);
    await this.#tell({ owner, id }, false);
  }

  /** Resolves when the others know it as well, so that its caller may turn to any of them. */
  async #tell(batch: OwnedBatch, isOwned: boolean): Promise<void> {
    const told = this.#peers.others.map((worker) => this.#peers.ask(worker, { ask: 'own', batch, isOwned }, MAX_MS));
    await Promise.allSettled(told);
  }

  /** Takes over what the longest-running worker knows, for one that has just begun. */
  async seed(): Promise<void> {
    const [oldest] = this.#peers.others;
    if (oldest === undefined) return;
    const opened = await this.#peers.open(oldest, { ask: 'batches' }).catch(() => undefined);
    const late = AbortSignal.timeout(SEED_MS);
    for (let message: object | undefined = opened?.first; message && 'batch' in message;) {
      const { owner, id } = message.batch as OwnedBatch;
      await this.#local.add(owner, id);
      message = await opened!.socket.next(late);
    }
    opened?.socket.end();
  }
}
