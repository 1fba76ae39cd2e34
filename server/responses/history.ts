import { TrestleError } from '../../shared/error.ts';
import type { InputItem } from '../../shared/responses/input-item.ts';
import type { ResponsesRequest } from '../../shared/responses/responses-request.ts';
import { responseIdOf } from '../claude/responses/response-output.ts';
import { itemsOf } from '../claude/responses/to-chat-request.ts';
import type { Conversations } from './conversations.ts';
import type { ResponseState, StoredResponse } from './response-state.ts';

/** Responses that one may go on from. A chain that is longer than this is no conversation. */
const MAX_CHAIN = 10_000;

/** Characters of all that is read. Claude takes no request of more bytes. */
const MAX_LENGTH = 32 * 1024 * 1024;

/** What a request refers to, read from what is kept. */
export interface History {
  /** The items of the responses before, the oldest first. */
  before: InputItem[];
  /** The request's own items, those that are named by their ids among them. */
  input: InputItem[];
  /** Sealed thinking by the id of its item. */
  sealed: ReadonlyMap<string, string>;
}

/** An item of a kept response, by both ids. */
type FindItem = (responseId: string, itemId: string) => Promise<InputItem | undefined>;

/** Whether anything kept has to be read for a request. */
export function refersToKept({ previous_response_id: previous, conversation, input }: ResponsesRequest): boolean {
  if (typeof previous === 'string' || conversation) return true;
  return Array.isArray(input) && input.some((item) => isNamed(item as InputItem));
}

export interface Kept {
  responses: Pick<ResponseState, 'get'>;
  conversations: Conversations;
}

/**
 * Throws a 400 for a response that is not kept, or for more than Claude takes, and a 404 for an item or a conversation that
 * is not kept; all name the field.
 */
export async function readHistory(kept: Kept, owner: string, request: ResponsesRequest): Promise<History> {
  const known = new Map<string, StoredResponse | undefined>();
  let length = 0;
  const get = async (id: string): Promise<StoredResponse | undefined> => {
    if (known.has(id)) return known.get(id);
    const found = await kept.responses.get(owner, id, true);
    length += found?.length ?? 0;
    if (length > MAX_LENGTH) throw tooLong(request);
    known.set(id, found);
    return found;
  };
  const sealed = new Map<string, string>();
  const indexes = new Map<string, Map<unknown, InputItem>>();
  const find: FindItem = async (responseId, itemId) => {
    const stored = await get(responseId);
    // One that is named often is read once.
    const index = indexes.get(responseId) ?? (stored && indexById(itemsIn(stored, sealed)));
    if (index) indexes.set(responseId, index);
    return index?.get(itemId);
  };
  const chain: StoredResponse[] = [];
  let id = request.previous_response_id ?? undefined;
  for (; id !== undefined; id = chain.at(-1)!.response.previous_response_id ?? undefined) {
    const stored = await get(id);
    if (!stored || chain.length >= MAX_CHAIN) {
      const message = `Previous response with id '${id}' not found.`;
      throw new TrestleError('previous_response_not_found', message, { param: 'previous_response_id' });
    }
    chain.push(stored);
  }
  const before = chain.toReversed().flatMap((stored) => itemsIn(stored, sealed));
  for (const item of await itemsOfConversation(kept, owner, request, sealed)) before.push(item);
  const input: InputItem[] = [];
  for (const [index, item] of itemsOf(request.input).entries())
    input.push(isNamed(item) ? await named(item, `input[${index}]`, find) : item);
  return { before, input, sealed };
}

function tooLong({ previous_response_id: previous }: ResponsesRequest): TrestleError {
  const message = `The stored responses that this request goes on from have over ${MAX_LENGTH / 1024 ** 2} MiB, which is more than Claude takes.`;
  return new TrestleError('context_length_exceeded', message, { param: previous ? 'previous_response_id' : 'input' });
}

async function itemsOfConversation(
  { conversations }: Kept,
  owner: string,
  { conversation, previous_response_id: previous }: ResponsesRequest,
  sealed: Map<string, string>,
): Promise<InputItem[]> {
  if (!conversation) return [];
  if (previous)
    throw new TrestleError('invalid_value', "'previous_response_id' and 'conversation' can't be used together", {
      param: 'conversation',
    });
  const { items, sealed: texts } = await conversations.read(
    owner,
    typeof conversation === 'string' ? conversation : conversation.id,
  );
  for (const [id, text] of Object.entries(texts)) sealed.set(id, text);
  // Sound: items were validated when they came.
  return items as unknown as InputItem[];
}

/** An item that stands for a kept one, or thinking that left its sealed content behind. */
function isNamed(item: InputItem): boolean {
  if (item.type === 'item_reference') return true;
  return item.type === 'reasoning' && !item.encrypted_content && typeof item.id === 'string';
}

async function named(item: InputItem, path: string, find: FindItem): Promise<InputItem> {
  const id = item.id!;
  const responseId = responseIdOf(id);
  const found = responseId === undefined ? undefined : await find(responseId, id);
  if (found) return found;
  if (item.type !== 'item_reference') return item;
  throw new TrestleError('not_found', `Item with id '${id}' not found.`, { param: `${path}.id` });
}

/** Items by their ids; of those with the same one the first. */
function indexById(items: readonly InputItem[]): Map<unknown, InputItem> {
  return new Map(items.toReversed().map((item) => [item.id, item]));
}

/** The items of a response, its input first. */
function itemsIn({ input, response, sealed: kept }: StoredResponse, sealed: Map<string, string>): InputItem[] {
  for (const [id, text] of Object.entries(kept)) sealed.set(id, text);
  // Sound: every item of an output is taken as one of an input.
  return [...input, ...(response.output as InputItem[])];
}
