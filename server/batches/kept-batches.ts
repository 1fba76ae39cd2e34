import type { Batch } from '../../shared/batch.ts';
import { TrestleError } from '../../shared/error.ts';
import type { ExpiresAfter } from '../../shared/file.ts';
import type { Access } from '../calls/caller.ts';
import type { AnthropicVersion } from '../claude/messages-api.ts';
import { changeDocument } from '../store/change-document.ts';
import type { Page, Place, Storage } from '../store/storage.ts';
import type { KeptLines } from './kept-lines.ts';

/** Requests by their numbers, both ends included. */
export type Range = [first: number, last: number];

/** What Claude has of a batch: a batch of its own, since one has requests of one version of its API, and a limited size. */
export interface Part {
  /** Claude's id of it. */
  id: string;
  version: AnthropicVersion;
  requests: Range[];
  /** Claude has ended it. */
  ended: boolean;
  /** Claude has no results of it, or no more. */
  lost?: boolean;
  /** How many of its requests succeeded, and how many ended otherwise, as far as Claude has told. */
  completed: number;
  failed: number;
}

/** The numbers of requests. */
export function numbersIn(requests: readonly Range[]): number[] {
  return requests.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_none, index) => first + index));
}

/** A batch as it is kept. */
export interface KeptBatch {
  /** As its caller sees it. */
  batch: Batch;
  /** What was so when it was made, and is so for its answers too. A batch of an earlier version has no `access`. */
  access?: Access;
  strict: boolean;
  modelAliases: Readonly<Record<string, string>>;
  outputExpiresAfter?: ExpiresAfter | null | undefined;
  /** Its requests, once all of them are known to be valid. The input file may go before they are answered. */
  lines?: KeptLines;
  parts: Part[];
  /** Requests on their way to Claude. Whoever comes later and finds them here can't know whether they arrived. */
  sending?: Range[];
  /** Requests whose way to Claude broke off. They are not sent again: Claude may have them, and would bill them twice. */
  unclear?: Range[];
  /** Claude has all that it is to get. */
  handedOver: boolean;
}

/** The numbers of the requests that Claude has, or may have. */
export function numbersSent({ parts, unclear = [] }: KeptBatch): Set<number> {
  return new Set([...parts.flatMap(({ requests }) => numbersIn(requests)), ...numbersIn(unclear)]);
}

const FINAL: ReadonlySet<Batch['status']> = new Set(['failed', 'completed', 'expired', 'cancelled']);

/** Whether nothing of a batch changes any more. */
export function isOver({ batch }: KeptBatch): boolean {
  return FINAL.has(batch.status);
}

/** Batches of callers. All of it rejects with a 404 for one that is not there, or is another caller's. */
export class KeptBatches {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async add(owner: string, kept: KeptBatch): Promise<void> {
    await this.#storage.put(placeOf(owner, kept.batch.id), { document: kept, createdAt: kept.batch.created_at });
  }

  async get(owner: string, id: string): Promise<KeptBatch> {
    const found = await this.#storage.get(placeOf(owner, id));
    if (!found) throw notFound(id);
    // Sound: it is what was added above.
    return found.document as KeptBatch;
  }

  list(owner: string, query: { after?: string | null | undefined; limit: number }): Promise<Page> {
    return this.#storage.list({ kind: 'batch', owner }, { ...query, order: 'desc' });
  }

  /**
   * Changes a batch, however many others change it at the same time. Resolves to its new state.
   *
   * @param change gets the state, to be changed in place; may run more than once, and returns false to leave it as it is
   */
  async change(owner: string, id: string, change: (kept: KeptBatch) => boolean | void): Promise<KeptBatch> {
    const changed = await changeDocument<KeptBatch>(this.#storage, placeOf(owner, id), (kept) =>
      change(kept) === false ? undefined : kept,
    );
    if (!changed) throw notFound(id);
    return changed;
  }

  async delete(owner: string, id: string): Promise<void> {
    await this.#storage.delete(placeOf(owner, id));
  }
}

function placeOf(owner: string, id: string): Place {
  return { kind: 'batch', owner, id };
}

function notFound(id: string): TrestleError {
  return new TrestleError('not_found', `There is no batch '${id}'.`, { param: 'id' });
}
