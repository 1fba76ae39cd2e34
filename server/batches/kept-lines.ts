import { LRUCache } from 'lru-cache';
import { unixSeconds } from '../calls/unix-seconds.ts';
import { deletePieces, type PiecesPlace, PieceWriter, readPiece } from '../files/pieces.ts';
import type { Storage } from '../store/storage.ts';

/** Where the requests of a batch are. */
export interface KeptLines {
  /** Names their pieces. */
  name: string;
  /** The number of the first request of each piece. */
  starts: number[];
  count: number;
}

/** Maximum bytes of requests that are cached, about: as many as one of Claude's batches has, so that each is read once. */
const MAX_CACHED = 64 * 1024 * 1024;

/** Keeps the requests of a batch, numbered from 0. */
export class LineWriter {
  readonly #writer: PieceWriter;
  readonly #lines: KeptLines;

  constructor(storage: Storage, owner: string, name: string) {
    this.#writer = new PieceWriter(storage, placeOf(owner, name), { createdAt: unixSeconds() });
    this.#lines = { name, starts: [], count: 0 };
  }

  async add(line: string): Promise<void> {
    const { starts, count } = this.#lines;
    if (starts.length === this.#writer.count) starts.push(count);
    await this.#writer.write(Buffer.from(`${line}\n`));
    this.#lines.count += 1;
  }

  async end(): Promise<KeptLines> {
    await this.#writer.end();
    return this.#lines;
  }

  async discard(): Promise<void> {
    await this.#writer.discard();
  }
}

/** The storage has made room for other things. */
export class LinesGoneError extends Error {
  override readonly name = 'LinesGoneError';
}

/** Finds the requests of a batch by their numbers. */
export class LineReader {
  readonly #storage: Storage;
  readonly #owner: string;
  readonly #lines: KeptLines;
  readonly #pieces = new LRUCache<number, { lines: string[]; bytes: number }>({
    maxSize: MAX_CACHED,
    sizeCalculation: ({ bytes }) => bytes,
  });

  constructor(storage: Storage, owner: string, lines: KeptLines) {
    this.#storage = storage;
    this.#owner = owner;
    this.#lines = lines;
  }

  /** Rejects with a {@link LinesGoneError} when it is gone. */
  async get(number: number): Promise<string> {
    const { starts } = this.#lines;
    const index = starts.findLastIndex((start) => start <= number);
    const { lines } = this.#pieces.get(index) ?? (await this.#read(index));
    return lines[number - starts[index]!]!;
  }

  async #read(index: number): Promise<{ lines: string[] }> {
    const piece = await readPiece(this.#storage, placeOf(this.#owner, this.#lines.name), index);
    if (piece === undefined) throw new LinesGoneError('requests of a batch are gone from the storage');
    const read = { lines: piece.toString('utf8').split('\n'), bytes: piece.length };
    this.#pieces.set(index, read);
    return read;
  }
}

export async function deleteLines(storage: Storage, owner: string, { name, starts }: KeptLines): Promise<void> {
  await deletePieces(storage, placeOf(owner, name), starts.length);
}

function placeOf(owner: string, name: string): PiecesPlace {
  return { kind: 'batch_piece', owner, name };
}
