import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { NewDocument, Place, Storage } from '../store/storage.ts';

/** Bytes from which on a piece is stored: a file of any size takes no more memory than a few of them. */
const PIECE_BYTES = 1024 * 1024;

const compress = promisify(deflateRaw);
const decompress = promisify(inflateRaw);

/** Where bytes are that are too many for one document. */
export interface PiecesPlace {
  kind: Extract<Place['kind'], 'file_piece' | 'batch_piece'>;
  owner: string;
  /** Names the bytes among all of their kind. */
  name: string;
}

/** When pieces were stored, and when they go, in Unix seconds. */
export type PieceTimes = Pick<NewDocument, 'createdAt' | 'expiresAt'>;

/** Writes bytes as documents of about a megabyte each. What is written at once is never split. */
export class PieceWriter {
  readonly #storage: Storage;
  readonly #place: PiecesPlace;
  #times: PieceTimes;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Pieces that are stored. */
  count = 0;
  /** Bytes that were written. */
  bytes = 0;

  constructor(storage: Storage, place: PiecesPlace, times: PieceTimes) {
    this.#storage = storage;
    this.#place = place;
    this.#times = times;
  }

  async write(bytes: Buffer): Promise<void> {
    this.bytes += bytes.length;
    this.#waitingBytes += bytes.length;
    this.#waiting.push(bytes);
    if (this.#waitingBytes >= PIECE_BYTES) await this.end();
  }

  /** Stores what is not stored yet. */
  async end(): Promise<void> {
    if (this.#waitingBytes === 0) return;
    const compressed = await compress(Buffer.concat(this.#waiting, this.#waitingBytes));
    [this.#waiting, this.#waitingBytes] = [[], 0];
    const document = compressed.toString('base64');
    await this.#storage.put(placeOf(this.#place, this.count), { document, ...this.#times });
    this.count += 1;
  }

  /** Gives all of them another end. */
  async expireAt(expiresAt: number): Promise<void> {
    if (expiresAt === this.#times.expiresAt) return;
    this.#times = { ...this.#times, expiresAt };
    for (let number = 0; number < this.count; number += 1) {
      const place = placeOf(this.#place, number);
      const found = await this.#storage.get(place);
      if (found) await this.#storage.put(place, { document: found.document, ...this.#times });
    }
  }

  /** Deletes all of them. */
  async discard(): Promise<void> {
    await deletePieces(this.#storage, this.#place, this.count);
  }
}

/** One piece; undefined when it is gone. */
export async function readPiece(storage: Storage, place: PiecesPlace, number: number): Promise<Buffer | undefined> {
  const found = await storage.get(placeOf(place, number));
  // Sound: it is what a writer stored.
  return found && (await decompress(Buffer.from(found.document as string, 'base64')));
}

export async function deletePieces(storage: Storage, place: PiecesPlace, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) await storage.delete(placeOf(place, number));
}

function placeOf({ kind, owner, name }: PiecesPlace, number: number): Place {
  return { kind, owner, id: `${name}/${number}` };
}
