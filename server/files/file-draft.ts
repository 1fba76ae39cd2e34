import type { ExpiresAfter, FileObject } from '../../shared/file.ts';
import { newDigits } from '../calls/new-digits.ts';
import { unixSeconds } from '../calls/unix-seconds.ts';
import type { Storage } from '../store/storage.ts';
import { type KeptFile, placeOfFile, placeOfPieces, toKeptFile } from './kept-file.ts';
import { PieceWriter } from './pieces.ts';

/** What is said of a file when it is published. */
export interface FileDetails extends Pick<FileObject, 'filename' | 'purpose'> {
  expires_after?: ExpiresAfter | null | undefined;
}

/** A file that is being written, which nobody can find until it is published. */
export class FileDraft {
  readonly #storage: Storage;
  readonly #owner: string;
  readonly #keepSeconds: number;
  readonly #createdAt = unixSeconds();
  readonly #name = newDigits();
  readonly #writer: PieceWriter;

  constructor(storage: Storage, owner: string, keepSeconds: number) {
    this.#storage = storage;
    this.#owner = owner;
    this.#keepSeconds = keepSeconds;
    const times = { createdAt: this.#createdAt, expiresAt: this.#createdAt + keepSeconds };
    this.#writer = new PieceWriter(storage, placeOfPieces(owner, this.#name), times);
  }

  /** Bytes that were written. */
  get bytes(): number {
    return this.#writer.bytes;
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#writer.write(bytes);
  }

  /** Of several drafts that are published under one id the first stays, and is what all of them get. */
  async publish({ filename, purpose, expires_after: after }: FileDetails, id = newFileId()): Promise<FileObject> {
    const expiresAt = this.#createdAt + Math.min(after?.seconds ?? Infinity, this.#keepSeconds);
    await this.#writer.expireAt(expiresAt);
    await this.#writer.end();
    const file: FileObject = {
      id,
      object: 'file',
      bytes: this.bytes,
      created_at: this.#createdAt,
      expires_at: expiresAt,
      filename,
      purpose,
      status: 'processed',
    };
    const document: KeptFile = { file, name: this.#name, pieces: this.#writer.count };
    const kept = { document, createdAt: this.#createdAt, expiresAt, metadata: { purpose } };
    const place = placeOfFile(this.#owner, id);
    if (await this.#storage.create(place, kept)) return file;
    await this.discard();
    const first = await this.#storage.get(place);
    return first === undefined ? file : toKeptFile(first).file;
  }

  /** Deletes what was written. */
  async discard(): Promise<void> {
    await this.#writer.discard();
  }
}

function newFileId(): string {
  return `file-${newDigits()}`;
}
