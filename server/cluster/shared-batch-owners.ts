import type { BatchMemory, BatchOwners, OwnedBatch } from '../messages/batch-owners.ts';
import type { Peers } from './peers.ts';

/** A caller waits for its answer no longer than this because another worker is slow to take a copy. */
const MAX_MS = 1000;

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
    await this.#peers.askAll({ ask: 'own', batch, isOwned }, MAX_MS);
  }

  /** Takes over what the longest-running worker knows, for one that has just begun. */
  async seed(): Promise<void> {
    for await (const message of this.#peers.listOfOldest({ ask: 'batches' })) {
      if (!('batch' in message)) return;
      const { owner, id } = message.batch as OwnedBatch;
      await this.#local.add(owner, id);
    }
  }
}
