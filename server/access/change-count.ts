import { changeDocument } from '../store/change-document.ts';
import type { Place, Storage } from '../store/storage.ts';
import { FOREVER, ORGANIZATION } from './organization.ts';

interface Count {
  /** Counts up with each change of a key or a project. */
  count: number;
  /** A server that has ever had a key is not open any more, also when its last key is revoked. */
  hasHadKeys: boolean;
}

const PLACE: Place = { kind: 'change_count', owner: ORGANIZATION, id: 'keys' };
const NONE: Count = { count: 0, hasHadKeys: false };

/** Tells processes that share a storage that keys have changed. */
export class ChangeCount {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async read(): Promise<Count> {
    const found = await this.#storage.get(PLACE);
    // Sound: it is what was put below.
    return (found?.document as Count | undefined) ?? NONE;
  }

  async add(hasKeys: boolean): Promise<void> {
    await this.#storage.create(PLACE, { document: NONE, createdAt: 0, expiresAt: FOREVER });
    await changeDocument<Count>(this.#storage, PLACE, ({ count, hasHadKeys }) => ({
      count: count + 1,
      hasHadKeys: hasHadKeys || hasKeys,
    }));
  }
}
