import { LRUCache } from 'lru-cache';

/** A batch, and whose it is. */
export interface OwnedBatch {
  owner: string;
  id: string;
}

/** Whose the batches of Claude's account are. One caller never learns of another one's. */
export interface BatchOwners {
  add(owner: string, id: string): Promise<void>;
  release(owner: string, id: string): Promise<void>;
  /** The ids of a caller's batches; undefined where all of them are the caller's. */
  idsOf(owner: string): Promise<ReadonlySet<string> | undefined>;
}

/** Batches that are remembered: Claude keeps the results of each for 29 days. */
const MAX_BATCHES = 50_000;
const NONE: ReadonlySet<string> = new Set();

/** Knows the batches of this process, since its start; the oldest ones are forgotten first. */
export class BatchMemory implements BatchOwners {
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #owners: LRUCache<string, string>;

  constructor(max = MAX_BATCHES) {
    this.#owners = new LRUCache({ max, dispose: (owner, id) => this.#forget(owner, id) });
  }

  add(owner: string, id: string): Promise<void> {
    this.#owners.set(id, owner);
    const ids = this.#byOwner.get(owner) ?? new Set();
    this.#byOwner.set(owner, ids.add(id));
    return Promise.resolve();
  }

  release(owner: string, id: string): Promise<void> {
    if (this.#owners.peek(id) === owner) this.#owners.delete(id);
    return Promise.resolve();
  }

  idsOf(owner: string): Promise<ReadonlySet<string>> {
    return Promise.resolve(this.#byOwner.get(owner) ?? NONE);
  }

  /** Every batch that is known, the oldest first. */
  *all(): Generator<OwnedBatch> {
    for (const [id, owner] of this.#owners.rentries()) yield { owner: owner!, id: id! };
  }

  #forget(owner: string, id: string): void {
    const ids = this.#byOwner.get(owner);
    ids?.delete(id);
    if (ids?.size === 0) this.#byOwner.delete(owner);
  }
}

/** Of a server without keys: all callers are one, and have all batches. */
export const EVERYONES: BatchOwners = {
  add: () => Promise.resolve(),
  release: () => Promise.resolve(),
  idsOf: () => Promise.resolve(undefined),
};
