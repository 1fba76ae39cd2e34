import { LRUCache } from 'lru-cache';
import type { InputItem } from '../../shared/responses/input-item.ts';
import type { Response } from '../../shared/responses/response.ts';

/** A response as it is kept. */
export interface StoredResponse {
  response: Response;
  /** The items of its own input. */
  input: readonly InputItem[];
  /** Sealed thinking by the id of its item, also where the response itself does not have it. */
  sealed: Readonly<Record<string, string>>;
}

/** Responses that are kept. One caller never gets what another one's is. */
export interface ResponseState {
  put(owner: string, stored: StoredResponse): Promise<void>;
  get(owner: string, id: string): Promise<StoredResponse | undefined>;
  /** Returns whether there was one. */
  delete(owner: string, id: string): Promise<boolean>;
}

export interface MemoryOptions {
  /** Milliseconds a response is kept after it was last used. */
  lifetimeMs: number;
  /** Maximum bytes of all responses together, about. */
  maxBytes: number;
}

export const RESPONSE_MEMORY: MemoryOptions = { lifetimeMs: 24 * 60 * 60_000, maxBytes: 64 * 1024 * 1024 };

/** Keeps responses in the memory of this process, as texts; the least recently used go first. */
export class ResponseMemory implements ResponseState {
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

  put(owner: string, stored: StoredResponse): Promise<void> {
    this.#kept.set(keyOf(owner, stored.response.id), JSON.stringify(stored));
    return Promise.resolve();
  }

  get(owner: string, id: string): Promise<StoredResponse | undefined> {
    const json = this.#kept.get(keyOf(owner, id));
    // Sound: it was written above.
    return Promise.resolve(json === undefined ? undefined : (JSON.parse(json) as StoredResponse));
  }

  delete(owner: string, id: string): Promise<boolean> {
    return Promise.resolve(this.#kept.delete(keyOf(owner, id)));
  }
}

/** The responses that a call can go on from: those of its connection before those that are stored. */
export function stateFor(
  { responseState, connectionResponses }: { responseState: ResponseState; connectionResponses: ResponseState },
  { owner, connection }: { owner: string; connection?: string | undefined },
): Pick<ResponseState, 'put' | 'get'> {
  if (connection === undefined) return responseState;
  const ofConnection = `${owner} ${connection}`;
  return {
    async put(_owner, stored) {
      await connectionResponses.put(ofConnection, stored);
      if (stored.response.store) await responseState.put(owner, stored);
    },
    get: async (_owner, id) =>
      (await connectionResponses.get(ofConnection, id)) ?? (await responseState.get(owner, id)),
  };
}

function keyOf(owner: string, id: string): string {
  return `${owner}\0${id}`;
}
