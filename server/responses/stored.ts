import type { z } from 'zod';
import { TrestleError } from '../../shared/error.ts';
import type { Response } from '../../shared/responses/response.ts';
import type {
  DeletedResponse,
  ResponseItemList,
  ResponseItemsRequest,
} from '../../shared/responses/stored-response.ts';
import { INCLUDABLE } from '../claude/responses/parameters.ts';
import { pageOf } from '../store/list-page.ts';
import { toListed } from './listed-items.ts';
import { isUnderWay, type ResponseState, type StoredResponse } from './response-state.ts';

const LOST = {
  code: 'server_error',
  message: 'The server that made this response in the background stopped before it was complete.',
} as const;

/** A kept response. Rejects with a 404 for one that is not kept, or is another caller's. */
export async function retrieveResponse(
  state: ResponseState,
  owner: string,
  { id, include }: { id: string; include?: readonly string[] | null | undefined },
): Promise<Response> {
  const { response, sealed } = await requireStored(state, owner, id);
  if (!include?.includes(INCLUDABLE.thinking)) return response;
  const output = response.output.map((item) =>
    item.type === 'reasoning' && sealed[item.id] ? { ...item, encrypted_content: sealed[item.id] } : item,
  );
  return { ...response, output };
}

/** Rejects with a 404 for one that is not kept, or is another caller's. */
export async function deleteResponse(state: ResponseState, owner: string, id: string): Promise<DeletedResponse> {
  if (!(await state.delete(owner, id))) throw notFound(id);
  return { id, object: 'response', deleted: true };
}

/** The items of a response's own input, a page at a time. Rejects like {@link retrieveResponse}. */
export async function listInputItems(
  state: ResponseState,
  owner: string,
  { id, ...page }: z.output<typeof ResponseItemsRequest>,
): Promise<ResponseItemList> {
  const { input } = await requireStored(state, owner, id);
  const items = input.map((item, index) => toListed(item, item.id ?? `item_${id.slice('resp_'.length)}${index}`));
  return pageOf(items, page);
}

/** Rejects with a 404 for one that is not kept, or is another caller's. */
export async function requireStored(state: ResponseState, owner: string, id: string): Promise<StoredResponse> {
  const stored = await state.get(owner, id);
  if (!stored) throw notFound(id);
  if (!stored.response.background || !isUnderWay(stored.response) || (await state.isClaimed(owner, id))) return stored;
  // It may have ended since it was read; else nobody makes it any more.
  const response = await state.end(owner, id, { status: 'failed', error: LOST });
  if (!response) throw notFound(id);
  return (await state.get(owner, id)) ?? { ...stored, response };
}

function notFound(id: string): TrestleError {
  return new TrestleError('not_found', `Response with id '${id}' not found.`, { param: 'id' });
}
