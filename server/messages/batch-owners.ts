import type { Access } from '../calls/caller.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import { allDocuments } from '../store/all-documents.ts';
import type { Place, Storage } from '../store/storage.ts';

/** Who made a batch. */
export type BatchAccount = Pick<Access, 'keyId' | 'projectId'>;

/** Whose the batches of Claude's account are. One caller never learns of another one's. */
export interface BatchOwners {
  add(owner: string, id: string, account: BatchAccount): Promise<void>;
  release(owner: string, id: string): Promise<void>;
  /** On whose account a batch is; undefined where the caller has none of this id. */
  find(owner: string, id: string): Promise<Partial<BatchAccount> | undefined>;
  /** The ids of a caller's batches; undefined where all of them are the caller's. */
  idsOf(owner: string): Promise<ReadonlySet<string> | undefined>;
}

/** Claude keeps the results of a batch for 29 days, and what else it says of one for longer. */
const KEPT_SECONDS = 366 * 86_400;

/** Batches with the callers that made them. */
export class StoredBatchOwners implements BatchOwners {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async add(owner: string, id: string, { keyId, projectId }: BatchAccount): Promise<void> {
    const createdAt = unixSeconds();
    const document: BatchAccount = { keyId, projectId };
    await this.#storage.put(placeOf(owner, id), { document, createdAt, expiresAt: createdAt + KEPT_SECONDS });
  }

  async release(owner: string, id: string): Promise<void> {
    await this.#storage.delete(placeOf(owner, id));
  }

  async find(owner: string, id: string): Promise<Partial<BatchAccount> | undefined> {
    // Sound: it is what was put above; earlier versions put nothing.
    return (await this.#storage.get(placeOf(owner, id)))?.document as Partial<BatchAccount> | undefined;
  }

  async idsOf(owner: string): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    for await (const { id } of allDocuments(this.#storage, { kind: 'message_batch', owner })) ids.add(id);
    return ids;
  }
}

function placeOf(owner: string, id: string): Place {
  return { kind: 'message_batch', owner, id };
}

/** Of a server without keys: all callers are one, and have all batches. */
export const EVERYONES: BatchOwners = {
  add: () => Promise.resolve(),
  release: () => Promise.resolve(),
  find: () => Promise.resolve({}),
  idsOf: () => Promise.resolve(undefined),
};
