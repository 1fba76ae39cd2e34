import type { InputItem } from '../../shared/responses/input-item.ts';
import type { Response } from '../../shared/responses/response.ts';
import type { Place, Storage } from '../store/storage.ts';

/** A response as it is kept. */
export interface StoredResponse {
  response: Response;
  /** The items of its own input. */
  input: readonly InputItem[];
  /** Sealed thinking by the id of its item, also where the response itself does not have it. */
  sealed: Readonly<Record<string, string>>;
}

/** The responses of callers, by their ids. One caller never gets what is another one's. */
export class ResponseState {
  readonly #storage: Storage | undefined;

  /** @param storage undefined where nothing is to be stored: then nothing is ever found */
  constructor(storage: Storage | undefined) {
    this.#storage = storage;
  }

  get isOn(): boolean {
    return this.#storage !== undefined;
  }

  /** Stores one that has just begun, unless it is there already: it may have ended meanwhile. */
  async begin(owner: string, id: string, document: StoredResponse): Promise<void> {
    await this.#storage?.create(placeOf(owner, id), { document, createdAt: document.response.created_at });
  }

  async put(owner: string, id: string, document: StoredResponse): Promise<void> {
    await this.#storage?.put(placeOf(owner, id), { document, createdAt: document.response.created_at });
  }

  /** @param renew whether it is kept for its whole time again, since a conversation goes on from it */
  async get(owner: string, id: string, renew = false): Promise<StoredResponse | undefined> {
    const found = await this.#storage?.get(placeOf(owner, id), renew);
    // Sound: it was put above.
    return found?.document as StoredResponse | undefined;
  }

  /** Returns whether there was one. */
  async delete(owner: string, id: string): Promise<boolean> {
    return (await this.#storage?.delete(placeOf(owner, id))) ?? false;
  }
}

function placeOf(owner: string, id: string): Place {
  return { kind: 'response', owner, id };
}

/** The responses that a call can go on from: those of its connection before those that are stored. */
export function stateFor(
  { responseState, connectionResponses }: { responseState: ResponseState; connectionResponses: ResponseState },
  { owner, connection }: { owner: string; connection?: string | undefined },
): Pick<ResponseState, 'put' | 'get'> {
  if (connection === undefined) return responseState;
  const ofConnection = `${owner} ${connection}`;
  return {
    async put(_owner, id, stored) {
      await connectionResponses.put(ofConnection, id, stored);
      if (stored.response.store) await responseState.put(owner, id, stored);
    },
    get: async (_owner, id, renew) =>
      (await connectionResponses.get(ofConnection, id, renew)) ?? (await responseState.get(owner, id, renew)),
  };
}
