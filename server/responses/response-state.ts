import type { InputItem } from '../../shared/responses/input-item.ts';
import type { Response } from '../../shared/responses/response.ts';
import { changeDocument } from '../store/change-document.ts';
import { Claim } from '../store/claim.ts';
import type { NewDocument, Place, Storage } from '../store/storage.ts';

/** A response as it is kept. */
export interface StoredResponse {
  response: Response;
  /** The items of its own input. */
  input: readonly InputItem[];
  /** Sealed thinking by the id of its item, also where the response itself does not have it. */
  sealed: Readonly<Record<string, string>>;
}

/** A response as it is found. */
export interface FoundResponse extends StoredResponse {
  /** Characters of its JSON. */
  length: number;
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

  /** Says that this process is making a response in the background. Without a claim nobody is: its process has died. */
  async claim(owner: string, id: string): Promise<Claim | undefined> {
    return this.#storage && (await Claim.take(this.#storage, { kind: 'response_claim', owner, id }));
  }

  async isClaimed(owner: string, id: string): Promise<boolean> {
    return (await this.#storage?.get({ kind: 'response_claim', owner, id })) !== undefined;
  }

  /** Stores one that has just begun, unless it is there already: it may have ended meanwhile. */
  async begin(owner: string, id: string, document: StoredResponse): Promise<void> {
    await this.#storage?.create(placeOf(owner, id), toDocument(document));
  }

  /**
   * Stores one that has ended. One that was made in the background stays cancelled where its caller was told so, and takes
   * the place of a failure: it was given up on too early.
   */
  async put(owner: string, id: string, document: StoredResponse): Promise<void> {
    if (this.#storage === undefined) return;
    const place = placeOf(owner, id);
    if (!document.response.background) return await this.#storage.put(place, toDocument(document));
    if (await this.#storage.create(place, toDocument(document))) return;
    await changeDocument<StoredResponse>(this.#storage, place, ({ response }) =>
      response.status === 'cancelled' ? undefined : document,
    );
  }

  /** Ends one that is still under way. Resolves to its new state, or to the one that it had; undefined when it is gone. */
  async end(
    owner: string,
    id: string,
    end: Pick<Response, 'status'> & Partial<Response>,
  ): Promise<Response | undefined> {
    if (this.#storage === undefined) return undefined;
    const ended = await changeDocument<StoredResponse>(this.#storage, placeOf(owner, id), (stored) =>
      isUnderWay(stored.response) ? { ...stored, response: { ...stored.response, ...end } } : undefined,
    );
    return ended?.response;
  }

  /** @param renew whether it is kept for its whole time again, since a conversation goes on from it */
  async get(owner: string, id: string, renew = false): Promise<FoundResponse | undefined> {
    const found = await this.#storage?.get(placeOf(owner, id), renew);
    // Sound: it was put above.
    return found && { ...(found.document as StoredResponse), length: found.length };
  }

  /** Returns whether there was one. */
  async delete(owner: string, id: string): Promise<boolean> {
    return (await this.#storage?.delete(placeOf(owner, id))) ?? false;
  }
}

/** Whether a response is still being made, as far as is stored. */
export function isUnderWay({ status }: Response): boolean {
  return status === 'queued' || status === 'in_progress';
}

function placeOf(owner: string, id: string): Place {
  return { kind: 'response', owner, id };
}

function toDocument(document: StoredResponse): NewDocument {
  return { document, createdAt: document.response.created_at };
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
