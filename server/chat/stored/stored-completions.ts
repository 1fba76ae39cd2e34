import type { z } from 'zod';
import type { ChatCompletion } from '../../../shared/chat-completion.ts';
import type { ChatCompletionRequest } from '../../../shared/chat-request.ts';
import { TrestleError } from '../../../shared/error.ts';
import type {
  DeletedCompletion,
  StoredCompletionList,
  StoredListRequest,
  StoredMessage,
  StoredMessageList,
  StoredMessagesRequest,
  StoredUpdateRequest,
} from '../../../shared/stored-completion.ts';
import { type Place, type Storage, type StoredDocument, unknownCursor } from '../../store/storage.ts';

/** What is kept of a completion. */
interface Kept {
  completion: ChatCompletion;
  messages: ChatCompletionRequest['messages'];
}

const KIND = 'chat_completion';

/** Stored completions of callers. All of it rejects with a 404 for one that is not stored, or is another caller's. */
export class StoredCompletions {
  readonly #storage: Storage | undefined;

  /** @param storage undefined where nothing is to be stored */
  constructor(storage: Storage | undefined) {
    this.#storage = storage;
  }

  get isOn(): boolean {
    return this.#storage !== undefined;
  }

  /** Resolves when the completion can be found. */
  async keep(
    owner: string,
    { model, messages, metadata }: Pick<ChatCompletionRequest, 'model' | 'messages' | 'metadata'>,
    completion: ChatCompletion,
  ): Promise<void> {
    const document: Kept = { completion, messages };
    await this.#require().put(placeOf(owner, completion.id), {
      document,
      createdAt: completion.created,
      metadata: metadata ?? {},
      // Callers know it by the name that they asked for, and by the one in the answer.
      models: [...new Set([model, completion.model])],
    });
  }

  async list(owner: string, query: z.output<typeof StoredListRequest>): Promise<StoredCompletionList> {
    const { documents, hasMore } = await this.#require().list({ kind: KIND, owner }, query);
    return toList(documents.map(toStored), hasMore);
  }

  async retrieve(owner: string, id: string): Promise<ChatCompletion> {
    return toStored(found(id, await this.#require().get(placeOf(owner, id))));
  }

  async update(owner: string, { id, metadata }: StoredUpdateRequest): Promise<ChatCompletion> {
    return toStored(found(id, await this.#require().update(placeOf(owner, id), { metadata: metadata ?? {} })));
  }

  async delete(owner: string, id: string): Promise<DeletedCompletion> {
    if (!(await this.#require().delete(placeOf(owner, id)))) throw notFound(id);
    return { id, object: 'chat.completion.deleted', deleted: true };
  }

  async messages(
    owner: string,
    { id, after, limit, order }: z.output<typeof StoredMessagesRequest>,
  ): Promise<StoredMessageList> {
    const { document } = found(id, await this.#require().get(placeOf(owner, id)));
    const all = (document as Kept).messages.map((message, index) => toStoredMessage(message, `${id}-${index}`));
    if (order === 'desc') all.reverse();
    const start = after ? all.findIndex((message) => message.id === after) + 1 : 0;
    if (after && start === 0) throw unknownCursor(after);
    return toList(all.slice(start, start + limit), all.length > start + limit);
  }

  #require(): Storage {
    if (this.#storage) return this.#storage;
    throw new TrestleError('not_found', 'This server stores no completions: its storage is off');
  }
}

function placeOf(owner: string, id: string): Place {
  return { kind: KIND, owner, id };
}

function toStored({ document, metadata }: StoredDocument): ChatCompletion {
  // Sound: it is what was kept.
  return { ...(document as Kept).completion, metadata };
}

/** As it was sent, but for a content in parts, which has a field of its own. */
function toStoredMessage(message: Kept['messages'][number], id: string): StoredMessage {
  const content = message.content ?? null;
  const refusal = 'refusal' in message ? (message.refusal ?? null) : null;
  if (content === null || typeof content === 'string') return { ...message, id, content, content_parts: null, refusal };
  return { ...message, id, content: null, content_parts: content, refusal };
}

function toList<Item extends { id: string }>(
  data: Item[],
  hasMore: boolean,
): { object: 'list'; data: Item[]; first_id: string | null; last_id: string | null; has_more: boolean } {
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: hasMore,
  };
}

function found(id: string, document: StoredDocument | undefined): StoredDocument {
  if (document) return document;
  throw notFound(id);
}

function notFound(id: string): TrestleError {
  return new TrestleError('not_found', `There is no stored completion '${id}'.`, { param: 'id' });
}
