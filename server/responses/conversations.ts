import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { TrestleError } from '../../shared/error.ts';
import type {
  Conversation,
  ConversationCreateRequest,
  ConversationItem,
  ConversationItemRequest,
  ConversationItemsCreateRequest,
  ConversationUpdateRequest,
  DeletedConversation,
} from '../../shared/responses/conversation.ts';
import type { InputItem } from '../../shared/responses/input-item.ts';
import type { ResponseItemList, ResponseItemsRequest } from '../../shared/responses/stored-response.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import { listItems, toListed } from './listed-items.ts';
import type { OwnedState } from './owned-memory.ts';

/** A conversation as it is kept. */
export interface StoredConversation {
  conversation: Conversation;
  /** Each has an id. */
  items: ConversationItem[];
  /** Sealed thinking by the id of its item. */
  sealed: Record<string, string>;
}

type State = OwnedState<StoredConversation>;

/** Conversations of callers. All of them reject with a 404 for one that is not kept, or is another caller's. */
export class Conversations {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  async create(owner: string, { items, metadata }: ConversationCreateRequest): Promise<Conversation> {
    const conversation: Conversation = {
      id: `conv_${newDigits()}`,
      object: 'conversation',
      created_at: unixSeconds(),
      metadata: metadata ?? {},
    };
    const stored = { conversation, items: (items ?? []).map((item) => withId(item as InputItem)), sealed: {} };
    await this.#state.put(owner, conversation.id, stored);
    return conversation;
  }

  async retrieve(owner: string, id: string): Promise<Conversation> {
    return (await this.read(owner, id)).conversation;
  }

  async update(owner: string, { id, metadata }: ConversationUpdateRequest): Promise<Conversation> {
    const stored = await this.read(owner, id);
    stored.conversation.metadata = metadata ?? {};
    await this.#state.put(owner, id, stored);
    return stored.conversation;
  }

  /** Its items are forgotten as well. */
  async delete(owner: string, id: string): Promise<DeletedConversation> {
    if (!(await this.#state.delete(owner, id))) throw notFound(id);
    return { id, object: 'conversation.deleted', deleted: true };
  }

  async createItems(owner: string, { id, items }: ConversationItemsCreateRequest): Promise<ResponseItemList> {
    const added = await this.append(owner, id, items as InputItem[], {});
    return listItems(added, { limit: added.length || 1, order: 'asc' });
  }

  async listItems(owner: string, request: z.output<typeof ResponseItemsRequest>): Promise<ResponseItemList> {
    return listItems((await this.read(owner, request.id)).items, request);
  }

  async retrieveItem(owner: string, { id, item_id: itemId }: ConversationItemRequest): Promise<ConversationItem> {
    const item = (await this.read(owner, id)).items.find((one) => one.id === itemId);
    if (!item) throw itemNotFound(itemId);
    return item;
  }

  async deleteItem(owner: string, { id, item_id: itemId }: ConversationItemRequest): Promise<Conversation> {
    const stored = await this.read(owner, id);
    const left = stored.items.filter((one) => one.id !== itemId);
    if (left.length === stored.items.length) throw itemNotFound(itemId);
    await this.#state.put(owner, id, { ...stored, items: left });
    return stored.conversation;
  }

  async read(owner: string, id: string): Promise<StoredConversation> {
    const stored = await this.#state.get(owner, id);
    if (!stored) throw notFound(id);
    return stored;
  }

  /** Adds items at the end, with the sealed thinking of those that have some. Returns them with their ids. */
  async append(
    owner: string,
    id: string,
    items: readonly InputItem[],
    sealed: Readonly<Record<string, string>>,
  ): Promise<ConversationItem[]> {
    const stored = await this.read(owner, id);
    const added = items.map(withId);
    stored.items.push(...added);
    Object.assign(stored.sealed, sealed);
    await this.#state.put(owner, id, stored);
    return added;
  }
}

function withId(item: InputItem): ConversationItem {
  return toListed(
    item,
    item.id ?? `${item.type === undefined || item.type === 'message' ? 'msg' : 'item'}_${newDigits()}`,
  );
}

function newDigits(): string {
  return randomUUID().replaceAll('-', '');
}

function notFound(id: string): TrestleError {
  return new TrestleError('not_found', `Conversation with id '${id}' not found.`, { param: 'id' });
}

function itemNotFound(id: string): TrestleError {
  return new TrestleError('not_found', `Item with id '${id}' not found.`, { param: 'item_id' });
}
