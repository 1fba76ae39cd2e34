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
import { newDigits } from '../calls/new-digits.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import { changeDocument } from '../store/change-document.ts';
import { pageOf, toListPage } from '../store/list-page.ts';
import { requireStorage } from '../store/require-storage.ts';
import type { Place, Storage } from '../store/storage.ts';
import { toListed } from './listed-items.ts';

/** A conversation as it is kept. */
export interface StoredConversation {
  conversation: Conversation;
  /** Each has an id. */
  items: ConversationItem[];
  /** Sealed thinking by the id of its item. */
  sealed: Record<string, string>;
}

/** Maximum characters of a conversation as JSON. */
const MAX_LENGTH = 16 * 1024 * 1024;

/** Conversations of callers. All of them reject with a 404 for one that is not kept, or is another caller's. */
export class Conversations {
  readonly #storage: Storage | undefined;

  /** @param storage undefined where nothing is to be stored */
  constructor(storage: Storage | undefined) {
    this.#storage = storage;
  }

  async create(owner: string, { items, metadata }: ConversationCreateRequest): Promise<Conversation> {
    const conversation: Conversation = {
      id: `conv_${newDigits()}`,
      object: 'conversation',
      created_at: unixSeconds(),
      metadata: metadata ?? {},
    };
    const document = { conversation, items: (items ?? []).map((item) => withId(item as InputItem)), sealed: {} };
    await this.#require().put(placeOf(owner, conversation.id), { document, createdAt: conversation.created_at });
    return conversation;
  }

  async retrieve(owner: string, id: string): Promise<Conversation> {
    return (await this.read(owner, id)).conversation;
  }

  async update(owner: string, { id, metadata }: ConversationUpdateRequest): Promise<Conversation> {
    const { conversation } = await this.#change(owner, id, (stored) => ({
      ...stored,
      conversation: { ...stored.conversation, metadata: metadata ?? {} },
    }));
    return conversation;
  }

  /** Its items are forgotten as well. */
  async delete(owner: string, id: string): Promise<DeletedConversation> {
    if (!(await this.#require().delete(placeOf(owner, id)))) throw notFound(id);
    return { id, object: 'conversation.deleted', deleted: true };
  }

  async createItems(owner: string, { id, items }: ConversationItemsCreateRequest): Promise<ResponseItemList> {
    const added = await this.append(owner, id, items as InputItem[], {});
    return toListPage(added, false);
  }

  async listItems(owner: string, request: z.output<typeof ResponseItemsRequest>): Promise<ResponseItemList> {
    return pageOf((await this.read(owner, request.id)).items, request);
  }

  async retrieveItem(owner: string, { id, item_id: itemId }: ConversationItemRequest): Promise<ConversationItem> {
    const item = (await this.read(owner, id)).items.find((one) => one.id === itemId);
    if (!item) throw itemNotFound(itemId);
    return item;
  }

  async deleteItem(owner: string, { id, item_id: itemId }: ConversationItemRequest): Promise<Conversation> {
    const { conversation } = await this.#change(owner, id, (stored) => {
      const items = stored.items.filter((one) => one.id !== itemId);
      if (items.length === stored.items.length) throw itemNotFound(itemId);
      return { ...stored, items };
    });
    return conversation;
  }

  async read(owner: string, id: string): Promise<StoredConversation> {
    const found = await this.#require().get(placeOf(owner, id), true);
    if (!found) throw notFound(id);
    // Sound: it was stored by this class.
    return found.document as StoredConversation;
  }

  /** Adds items at the end, with the sealed thinking of those that have some. Returns them with their ids. */
  async append(
    owner: string,
    id: string,
    items: readonly InputItem[],
    sealed: Readonly<Record<string, string>>,
  ): Promise<ConversationItem[]> {
    const added = items.map(withId);
    await this.#change(owner, id, (stored) => ({
      ...stored,
      items: [...stored.items, ...added],
      sealed: { ...stored.sealed, ...sealed },
    }));
    return added;
  }

  async #change(
    owner: string,
    id: string,
    change: (stored: StoredConversation) => StoredConversation,
  ): Promise<StoredConversation> {
    const checked = (stored: StoredConversation): StoredConversation => {
      const document = change(stored);
      checkSize(document);
      return document;
    };
    const changed = await changeDocument(this.#require(), placeOf(owner, id), checked, true);
    if (!changed) throw notFound(id);
    return changed;
  }

  #require(): Storage {
    return requireStorage(this.#storage, 'This server stores no conversations');
  }
}

/** Throws a 400 for a conversation that would be read, and written, for too long at each turn. */
function checkSize(document: StoredConversation): void {
  if (JSON.stringify(document).length <= MAX_LENGTH) return;
  const message = 'The conversation is too long: begin another one';
  throw new TrestleError('invalid_value', message, { param: 'items' });
}

function placeOf(owner: string, id: string): Place {
  return { kind: 'conversation', owner, id };
}

function withId(item: InputItem): ConversationItem {
  return toListed(
    item,
    item.id ?? `${item.type === undefined || item.type === 'message' ? 'msg' : 'item'}_${newDigits()}`,
  );
}

function notFound(id: string): TrestleError {
  return new TrestleError('not_found', `Conversation with id '${id}' not found.`, { param: 'id' });
}

function itemNotFound(id: string): TrestleError {
  return new TrestleError('not_found', `Item with id '${id}' not found.`, { param: 'item_id' });
}
