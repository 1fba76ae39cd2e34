import type { IncomingMessage } from 'node:http';
import { Busboy, type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { TrestleError } from '../../shared/error.ts';
import { abandon, inflate } from '../http/inflate.ts';

/** Maximum bytes of what an upload has around its file. */
const MAX_AROUND = 64 * 1024;
const MAX_FIELDS = 20;

export interface UploadOptions<File> {
  /** Maximum bytes of the file. */
  maxBytes: number;
  tooLarge: () => TrestleError;
  /** Receives the file as it comes; its fields may come behind it. */
  take: (filename: string, content: AsyncIterable<Buffer>) => Promise<File>;
  /** Receives what was made of a file whose upload then failed. */
  discard: (file: File) => Promise<void>;
}

/** The fields of an upload, and what was made of its file. */
export interface Upload<File> {
  fields: Record<string, string>;
  file: File | undefined;
}

/**
 * Reads a body of `multipart/form-data` with a file in the field `file`. Rejects with a 400 for one that can't be read,
 * a 413 for a file that is too large, and with what `take` rejects with. `take` sees its content fail in each case.
 */
export function readUpload<File>(request: IncomingMessage, options: UploadOptions<File>): Promise<Upload<File>> {
  const { maxBytes, tooLarge, take, discard } = options;
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length']) > maxBytes + MAX_AROUND) throw tooLarge();
    // Before anything reads the body: if this threw later, nobody would hear the errors of the reader.
    const parser = createParser(request, maxBytes);
    const source = inflate(request, maxBytes + MAX_AROUND);
    const fields: Record<string, string> = {};
    let content: BusboyFileStream | undefined;
    let taken: Promise<File> | undefined;
    let isOver = false;
    const fail = (thrown: unknown): void => {
      if (isOver) return;
      isOver = true;
      source.unpipe(parser);
      abandon(request, source);
      taken?.then(discard).catch(() => {});
      if (content && !content.destroyed) content.destroy(thrown as Error);
      reject(thrown);
    };
    parser.on('field', (name, value) => void (fields[name] = value));
    parser.on('file', (name, stream, filename) => {
      if (name !== 'file' || taken !== undefined) {
        stream.resume();
        return fail(new TrestleError('invalid_value', 'An upload has one file, in the field `file`.', { param: name }));
      }
      content = stream;
      // Whoever reads it is told; an error that nobody reads would end the process.
      stream.on('error', () => {});
      stream.once('limit', () => fail(tooLarge()));
      taken = take(filename, stream);
      taken.catch(fail);
    });
    const finish = (file: File | undefined): void => {
      if (isOver) return;
      isOver = true;
      resolve({ fields, file });
    };
    parser.once('finish', () => void Promise.resolve(taken).then(finish, fail));
    // More than one may come, and one that nobody hears would end the process.
    parser.on('error', (cause: unknown) => fail(unreadable(cause)));
    source.on('error', (cause) => fail(cause instanceof TrestleError ? cause : unreadable(cause)));
    request.once('close', () => {
      if (!request.complete) fail(unreadable(new Error('the connection broke')));
    });
    source.pipe(parser);
  });
}

function createParser({ headers }: IncomingMessage, maxBytes: number): BusboyInstance {
  try {
    return new Busboy({
      headers: headers as BusboyHeaders,
      // One byte more: the parser takes a file that has just this many for one that was cut.
      limits: { fileSize: maxBytes + 1, fields: MAX_FIELDS, parts: MAX_FIELDS + 2, fieldSize: MAX_AROUND },
    });
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): TrestleError {
  return new TrestleError('invalid_request', 'The body can not be read as multipart/form-data', { cause });
}
