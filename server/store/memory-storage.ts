import { LRUCache } from 'lru-cache';
import {
  type Change,
  type ListQuery,
  type NewDocument,
  type Page,
  type Place,
  type Storage,
  type StorageOptions,
  type StoredDocument,
  secondsNow,
  unknownCursor,
} from './storage.ts';

/** Maximum bytes of all documents, about. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What a document takes besides its text. */
const BYTES_A_DOCUMENT = 1000;

interface Kept extends Required<Omit<NewDocument, 'document'>> {
  place: Place;
  /** JSON, so that nobody changes what is kept by what was given or found. */
  json: string;
  /** Counts up; a document that is stored again keeps its own. */
  sequence: number;
  version: number;
}

/** Documents in the memory of one process. Those that were not used for longest make room. */
export class MemoryStorage implements Storage {
  readonly #keepSeconds: number;
  readonly #now: () => number;
  readonly #kept: LRUCache<string, Kept>;
  /** The documents of each list. */
  readonly #lists = new Map<string, Map<string, Kept>>();
  #sequence = 0;

  constructor({ keepSeconds, now = secondsNow, maxBytes = MAX_BYTES }: StorageOptions & { maxBytes?: number }) {
    this.#keepSeconds = keepSeconds;
    this.#now = now;
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: sizeOf,
      dispose: (kept) => this.#unlist(kept),
    });
  }

  /** Rejects for a document that is larger than the memory for all of them. */
  async put(place: Place, { document, createdAt, metadata = {}, models = [], ...rest }: NewDocument): Promise<void> {
    const { parent = '', expiresAt = this.#now() + this.#keepSeconds } = rest;
    const { sequence = (this.#sequence += 1), version = 0 } = this.#kept.peek(keyOf(place)) ?? {};
    const json = JSON.stringify(document);
    this.#set({ place, json, createdAt, metadata: { ...metadata }, models, parent, expiresAt, sequence, version });
  }

  async create(place: Place, document: NewDocument): Promise<boolean> {
    if (this.#find(place)) return false;
    await this.put(place, document);
    return true;
  }

  async get(place: Place, renew = false): Promise<StoredDocument | undefined> {
    const kept = this.#find(place);
    if (kept && renew && kept.expiresAt < this.#now() + this.#keepSeconds / 2)
      kept.expiresAt = this.#now() + this.#keepSeconds;
    return kept && toStored(kept);
  }

  async update(place: Place, { document, metadata, version }: Change): Promise<StoredDocument | undefined> {
    const kept = this.#find(place);
    if (kept === undefined || (version !== undefined && version !== kept.version)) return undefined;
    const json = document === undefined ? kept.json : JSON.stringify(document);
    const changed = { ...kept, json, metadata: { ...(metadata ?? kept.metadata) } };
    return toStored(this.#set(changed));
  }

  async delete(place: Place): Promise<boolean> {
    return this.#find(place) !== undefined && this.#kept.delete(keyOf(place));
  }

  async list(of: Omit<Place, 'id'>, query: ListQuery): Promise<Page> {
    const { after, limit, order, parent = '', metadata, model } = query;
    const now = this.#now();
    const all = [...(this.#lists.get(listOf(of, parent))?.values() ?? [])].filter(({ expiresAt }) => expiresAt > now);
    const sign = order === 'asc' ? 1 : -1;
    all.sort((one, other) => sign * (one.createdAt - other.createdAt || one.sequence - other.sequence));
    const start = after ? all.findIndex(({ place }) => place.id === after) + 1 : 0;
    if (after && start === 0) throw unknownCursor(after);
    const notes = Object.entries(metadata ?? {});
    const found = all
      .slice(start)
      .filter(
        (kept) =>
          notes.every(([name, value]) => Object.hasOwn(kept.metadata, name) && kept.metadata[name] === value) &&
          (!model || kept.models.includes(model)),
      );
    return { documents: found.slice(0, limit).map(toStored), hasMore: found.length > limit };
  }

  async close(): Promise<void> {
    this.#kept.clear();
  }

  #find(place: Place): Kept | undefined {
    const kept = this.#kept.get(keyOf(place));
    return kept !== undefined && kept.expiresAt > this.#now() ? kept : undefined;
  }

  /** Keeps it in place of the one that was there, as another version. */
  #set(given: Kept): Kept {
    const kept = { ...given, version: given.version + 1 };
    // The cache would drop what is there in its place.
    if (sizeOf(kept) > this.#kept.maxSize) throw new Error('the document is larger than the memory for all of them');
    this.#kept.set(keyOf(kept.place), kept);
    const name = listOf(kept.place, kept.parent);
    const list = this.#lists.get(name) ?? new Map<string, Kept>();
    this.#lists.set(name, list.set(kept.place.id, kept));
    return kept;
  }

  #unlist({ place, parent }: Kept): void {
    const name = listOf(place, parent);
    const list = this.#lists.get(name);
    list?.delete(place.id);
    if (list?.size === 0) this.#lists.delete(name);
  }
}

function sizeOf({ json }: Kept): number {
  return BYTES_A_DOCUMENT + json.length * 2;
}

function keyOf({ kind, owner, id }: Place): string {
  return `${kind}\0${owner}\0${id}`;
}

function listOf({ kind, owner }: Omit<Place, 'id'>, parent: string): string {
  return `${kind}\0${owner}\0${parent}`;
}

function toStored({ place, json, createdAt, metadata, version }: Kept): StoredDocument {
  const document = JSON.parse(json) as unknown;
  return { id: place.id, document, createdAt, metadata: { ...metadata }, version, length: json.length };
}
