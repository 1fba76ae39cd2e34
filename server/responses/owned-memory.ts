import { LRUCache } from 'lru-cache';

export interface MemoryOptions {
  /** Milliseconds a value is kept after it was last used. */
  lifetimeMs: number;
  /** Maximum bytes of all values together, about. */
  maxBytes: number;
}

export const RESPONSE_MEMORY: MemoryOptions = { lifetimeMs: 24 * 60 * 60_000, maxBytes: 64 * 1024 * 1024 };

/** Values of callers, by their ids. One caller never gets what is another one's. */
export interface OwnedState<T> {
  put(owner: string, id: string, value: T): Promise<void>;
  get(owner: string, id: string): Promise<T | undefined>;
  /** Returns whether there was one. */
  delete(owner: string, id: string): Promise<boolean>;
}

/** Keeps values in the memory of this process, as texts; the least recently used go first. */
export class OwnedMemory<T> implements OwnedState<T> {
  readonly #kept: LRUCache<string, string>;

  constructor({ lifetimeMs, maxBytes }: MemoryOptions = RESPONSE_MEMORY) {
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      ttl: lifetimeMs,
      // A conversation that goes on reads all of its responses: none of them is to be gone before the others.
      updateAgeOnGet: true,
      ttlResolution: 0,
      perf: Date,
      sizeCalculation: (json) => json.length * 2 + 200,
    });
  }

  put(owner: string, id: string, value: T): Promise<void> {
    this.#kept.set(keyOf(owner, id), JSON.stringify(value));
    return Promise.resolve();
  }

  get(owner: string, id: string): Promise<T | undefined> {
    const json = this.#kept.get(keyOf(owner, id));
    // Sound: it was written above.
    return Promise.resolve(json === undefined ? undefined : (JSON.parse(json) as T));
  }

  delete(owner: string, id: string): Promise<boolean> {
    return Promise.resolve(this.#kept.delete(keyOf(owner, id)));
  }
}

function keyOf(owner: string, id: string): string {
  return `${owner}\0${id}`;
}
