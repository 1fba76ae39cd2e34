import type { z } from 'zod';
import { TrestleError } from '../../shared/error.ts';
import type { InputItem } from '../../shared/responses/input-item.ts';
import type { Response } from '../../shared/responses/response.ts';
import type {
  DeletedResponse,
  ResponseItemList,
  ResponseItemsRequest,
} from '../../shared/responses/stored-response.ts';
import { INCLUDABLE } from '../claude/responses/parameters.ts';
import type { ResponseState, StoredResponse } from './response-state.ts';

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
  { id, after, limit, order }: z.output<typeof ResponseItemsRequest>,
): Promise<ResponseItemList> {
  const { input } = await requireStored(state, owner, id);
  const items = input.map((item, index) => toListed(item, id, index));
  if (order === 'desc') items.reverse();
  const start = after ? items.findIndex((item) => item.id === after) + 1 : 0;
  const data = items.slice(start, start + limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: items.length > start + limit,
  };
}

/** An item as it is listed: with an id, and its content in parts. */
function toListed(item: InputItem, responseId: string, index: number): ResponseItemList['data'][number] {
  const id = item.id ?? `item_${responseId.slice('resp_'.length)}${index}`;
  if (!('content' in item) || typeof item.content !== 'string') return { ...item, id };
  const type = item.type === 'message' && item.role === 'assistant' ? 'output_text' : 'input_text';
  return { status: 'completed', ...item, id, type: 'message', content: [{ type, text: item.content }] };
}

async function requireStored(state: ResponseState, owner: string, id: string): Promise<StoredResponse> {
  const stored = await state.get(owner, id);
  if (!stored) throw notFound(id);
  return stored;
}

function notFound(id: string): TrestleError {
  return new TrestleError('not_found', `Response with id '${id}' not found.`, { param: 'id' });
}
