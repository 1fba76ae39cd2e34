import { TrestleError } from '../../shared/error.ts';

/** What is kept; each kind has ids of its own. */
export type DocumentKind =
  | 'chat_completion'
  | 'response'
  | 'response_claim'
  | 'conversation'
  | 'message_batch'
  | 'file'
  | 'file_piece'
  | 'batch'
  | 'batch_piece'
  | 'batch_claim'
  | 'project'
  | 'api_key'
  | 'audit_event'
  | 'change_count';

/** Kinds that have nothing of what was asked or answered. They make no room for others. */
export const RECORD_KINDS = [
  'message_batch',
  'project',
  'api_key',
  'audit_event',
  'change_count',
] as const satisfies readonly DocumentKind[];

/** Whose document it is, and which one. */
export interface Place {
  kind: DocumentKind;
  /** The caller's id. Nobody else gets at the document, also not by its id. */
  owner: string;
  id: string;
}

/** A document as it is stored. */
export interface NewDocument {
  /** Plain JSON. */
  document: unknown;
  /** Unix seconds; lists are in the order of it, and documents of the same second in the order in which they came. */
  createdAt: number;
  /** The caller's notes, by which lists are filtered. */
  metadata?: Readonly<Record<string, string>>;
  /** All names of the model that answered, by which lists are filtered. */
  models?: readonly string[];
  /** The id of the document that it belongs to; a list has the documents of one parent, or those without one. */
  parent?: string;
  /** Unix seconds, from which on nobody sees it any more. Left out, it is kept for as long as the operator says. */
  expiresAt?: number;
}

/** What of a document can be changed. */
export interface Change extends Partial<Pick<NewDocument, 'document' | 'metadata'>> {
  /** Only the state that has this version is changed; any other is as if the document were not there. */
  version?: number;
}

/** A document as it is found. */
export interface StoredDocument {
  id: string;
  document: unknown;
  createdAt: number;
  metadata: Record<string, string>;
  /** Another one after each change. */
  version: number;
  /** Characters of the document's JSON. */
  length: number;
}

export interface ListQuery {
  /** The id of the document before the first one. */
  after?: string | null | undefined;
  /** Maximum number of documents. */
  limit: number;
  order: 'asc' | 'desc';
  parent?: string | undefined;
  /** All of these must be among a document's notes. */
  metadata?: Readonly<Record<string, string>> | null | undefined;
  /** One of the names of its model. */
  model?: string | null | undefined;
}

export interface Page {
  documents: StoredDocument[];
  hasMore: boolean;
}

/**
 * Where documents outlive the calls that made them. Each operation is done whole or not at all, and the next one sees what
 * it did, in whichever process that runs. Expired documents are never seen. All of them reject when the place fails.
 */
export interface Storage {
  /** Stores a document, in place of the one that was there. */
  put(place: Place, document: NewDocument): Promise<void>;
  /** Stores a document where there is none. Returns whether it did: of several callers one, in whichever process. */
  create(place: Place, document: NewDocument): Promise<boolean>;
  /**
   * @param renew whether it is kept for its whole time again, counted from now. To save writes that is done when less than
   * half of the time is left
   */
  get(place: Place, renew?: boolean): Promise<StoredDocument | undefined>;
  /** Changes what is given and nothing else. Resolves to the new state, or to undefined when there is no such document. */
  update(place: Place, change: Change): Promise<StoredDocument | undefined>;
  /** Returns whether there was one. */
  delete(place: Place): Promise<boolean>;
  /** Rejects with a 400 that names `after` when there is no such document. */
  list(of: Omit<Place, 'id'>, query: ListQuery): Promise<Page>;
  close(): Promise<void>;
}

/** What the implementations have in common. */
export interface StorageOptions {
  /** How long a document is kept that does not say so itself, in seconds. */
  keepSeconds: number;
  /** Returns Unix seconds. */
  now?: () => number;
}

/** Unix seconds with their fractions, so that what is kept for a second is kept for a whole one. */
export function secondsNow(): number {
  return Date.now() / 1000;
}

export function unknownCursor(after: string): TrestleError {
  return new TrestleError('invalid_value', `Invalid value for 'after': there is no '${after}' to list from.`, {
    param: 'after',
  });
}
