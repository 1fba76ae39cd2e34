import type { InputItem } from '../../shared/responses/input-item.ts';
import type { Response } from '../../shared/responses/response.ts';
import type { OwnedState } from './owned-memory.ts';

/** A response as it is kept. */
export interface StoredResponse {
  response: Response;
  /** The items of its own input. */
  input: readonly InputItem[];
  /** Sealed thinking by the id of its item, also where the response itself does not have it. */
  sealed: Readonly<Record<string, string>>;
}

export type ResponseState = OwnedState<StoredResponse>;

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
    get: async (_owner, id) =>
      (await connectionResponses.get(ofConnection, id)) ?? (await responseState.get(owner, id)),
  };
}
