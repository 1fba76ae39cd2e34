import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import { TrestleError } from '../../shared/error.ts';
import type {
  DeletedFile,
  FileContent,
  FileCreateRequest,
  FileList,
  FileListRequest,
  FileObject,
} from '../../shared/file.ts';
import { toListPage } from '../store/list-page.ts';
import { requireStorage } from '../store/require-storage.ts';
import type { Storage } from '../store/storage.ts';
import { FileDraft } from './file-draft.ts';
import { type KeptFile, placeOfFile, placeOfPieces, toKeptFile } from './kept-file.ts';
import { deletePieces, readPiece } from './pieces.ts';

/** Files of one page, whatever more is asked for: to read them all at once would hold up everybody else. */
const MAX_LISTED = 1000;

export interface FilesOptions {
  /** Undefined where nothing is to be stored. */
  storage: Storage | undefined;
  /** How long a file is kept at most, in seconds. */
  keepSeconds: number;
  /** Maximum bytes of a file that a caller brings. */
  maxBytes: number;
}

/** Files of callers, in pieces. All of it rejects with a 404 for one that is not there, or is another caller's. */
export class Files {
  readonly #options: FilesOptions;

  constructor(options: FilesOptions) {
    this.#options = options;
  }

  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  /** A new file, to be written. */
  draft(owner: string): FileDraft {
    return new FileDraft(this.#require(), owner, this.#options.keepSeconds);
  }

  /** A draft with what a caller brings. When that breaks off, or is too long, nothing of it is kept. */
  async receive(owner: string, content: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<FileDraft> {
    const draft = this.draft(owner);
    try {
      for await (const bytes of content) {
        await draft.write(bytes);
        if (draft.bytes > this.maxBytes) throw this.tooLarge();
      }
      return draft;
    } catch (thrown) {
      await draft.discard();
      throw thrown;
    }
  }

  /** Keeps a text, or bytes in base64. */
  async create(owner: string, request: z.output<typeof FileCreateRequest>): Promise<FileObject> {
    const { content, encoding } = request;
    if (encoding === 'base64' && !BASE64.test(content))
      throw new TrestleError('invalid_value', "Invalid value for 'content': expected base64.", { param: 'content' });
    const draft = await this.receive(owner, [Buffer.from(content, encoding)]);
    return await draft.publish(request);
  }

  async list(owner: string, { purpose, ...query }: z.output<typeof FileListRequest>): Promise<FileList> {
    const metadata = purpose ? { purpose } : undefined;
    const limit = Math.min(query.limit, MAX_LISTED);
    const page = await this.#require().list({ kind: 'file', owner }, { ...query, limit, metadata });
    return toListPage(
      page.documents.map((found) => toKeptFile(found).file),
      page.hasMore,
    );
  }

  async retrieve(owner: string, id: string): Promise<FileObject> {
    return (await this.#find(owner, id)).file;
  }

  /** What is in a file, piece by piece. The iterator throws a 404 when the file goes meanwhile. */
  async content(owner: string, id: string): Promise<AsyncGenerator<Buffer>> {
    return readAll(this.#require(), owner, await this.#find(owner, id));
  }

  /** The same as a text, or in base64 where it is none. Rejects with a 413 for one that is too long to be one text. */
  async text(owner: string, id: string): Promise<FileContent> {
    const kept = await this.#find(owner, id);
    if (kept.file.bytes > this.maxBytes)
      throw new TrestleError(
        'request_too_large',
        `The file is too long for one text: read it at /v1/files/${id}/content`,
      );
    const pieces: Buffer[] = [];
    for await (const piece of readAll(this.#require(), owner, kept)) pieces.push(piece);
    const whole = Buffer.concat(pieces);
    const encoding = isUtf8(whole) ? 'utf8' : 'base64';
    return { content: whole.toString(encoding), encoding };
  }

  async delete(owner: string, id: string): Promise<DeletedFile> {
    const { name, pieces } = await this.#find(owner, id);
    const storage = this.#require();
    if (!(await storage.delete(placeOfFile(owner, id)))) throw fileNotFound(id);
    await deletePieces(storage, placeOfPieces(owner, name), pieces);
    return { id, object: 'file', deleted: true };
  }

  /** 413 that says the limit. */
  tooLarge(): TrestleError {
    const message = `The file is too large: this server keeps files of at most ${this.maxBytes} bytes`;
    return new TrestleError('request_too_large', message, { param: 'file' });
  }

  async #find(owner: string, id: string): Promise<KeptFile> {
    const found = await this.#require().get(placeOfFile(owner, id));
    if (found === undefined) throw fileNotFound(id);
    return toKeptFile(found);
  }

  #require(): Storage {
    return requireStorage(this.#options.storage, 'This server keeps no files');
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

async function* readAll(storage: Storage, owner: string, { file, name, pieces }: KeptFile): AsyncGenerator<Buffer> {
  for (let number = 0; number < pieces; number += 1) {
    const piece = await readPiece(storage, placeOfPieces(owner, name), number);
    if (piece === undefined) throw fileNotFound(file.id);
    yield piece;
  }
}

function fileNotFound(id: string): TrestleError {
  return new TrestleError('not_found', `There is no file '${id}'.`, { param: 'id' });
}
