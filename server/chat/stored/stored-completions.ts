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
import { pageOf, toListPage } from '../../store/list-page.ts';
import { requireStorage } from '../../store/require-storage.ts';
import type { Place, Storage, StoredDocument } from '../../store/storage.ts';

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
    return toListPage(documents.map(toStored), hasMore);
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

  async messages(owner: string, { id, ...page }: z.output<typeof StoredMessagesRequest>): Promise<StoredMessageList> {
    const { document } = found(id, await this.#require().get(placeOf(owner, id)));
    const all = (document as Kept).messages.map((message, index) => toStoredMessage(message, `${id}-${index}`));
    return pageOf(all, page);
  }

  #require(): Storage {
    return requireStorage(this.#storage, 'This server stores no completions');
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

function found(id: string, document: StoredDocument | undefined): StoredDocument {
  if (document) return document;
  throw notFound(id);
}

function notFound(id: string): TrestleError {
  return new TrestleError('not_found', `There is no stored completion '${id}'.`, { param: 'id' });
}
