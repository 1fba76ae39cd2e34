import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { TrestleError } from '../../shared/error.ts';

/** Log2 of the bytes that zstd may look back: more would be memory for the asking. */
const MAX_ZSTD_WINDOW = 25;

/** Decoders by `content-encoding`. Each turns compressed bytes into plain ones, a piece at a time. */
const INFLATERS: Readonly<Record<string, (limit: number) => Transform>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
  zstd: createUnzstd,
};

/**
 * The body of a request as its sender had it before compressing. Whoever reads it stops at a limit: a few bytes may
 * stand for gigabytes. Throws 415 for an encoding that is not known.
 */
export function inflate(request: IncomingMessage, limit: number): Readable {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  if (encoding === undefined || encoding === '' || encoding === 'identity') return request;
  const create = Object.hasOwn(INFLATERS, encoding) ? INFLATERS[encoding] : undefined;
  if (create === undefined) {
    const known = Object.keys(INFLATERS).join(', ');
    throw new TrestleError('unsupported_media_type', `The content-encoding is not one of ${known}`);
  }
  const inflater = create(limit);
  let received = 0;
  request.on('data', (piece: Buffer) => {
    received += piece.length;
    // Compressed bytes need not stand for any at all.
    if (received > limit) inflater.destroy(tooLarge(limit));
  });
  // Not `pipeline`, which would end the connection when the body is refused, and the answer with it.
  request.once('error', (error) => inflater.destroy(error));
  return request.pipe(inflater);
}

/**
 * Gives up what {@link inflate} returned: the rest of a bomb is not inflated. The request itself is read on, so that its
 * sender gets the answer.
 */
export function abandon(request: IncomingMessage, source: Readable): void {
  if (source !== request) {
    request.unpipe();
    // It may fail once more, and an error that nobody hears would end the process.
    source.on('error', () => {}).destroy();
  }
  request.resume();
}

/** 413, with the limit in bytes. */
export function tooLarge(limit: number): TrestleError {
  return new TrestleError(
    'request_too_large',
    `The request body is too large: this server takes at most ${limit} bytes`,
  );
}

/** Node has zstd from 22.15 on; before that a library does it. */
function createUnzstd(limit: number): Transform {
  const { createZstdDecompress } = zlib as unknown as { createZstdDecompress?: (options: object) => Transform };
  const { ZSTD_d_windowLogMax } = zlib.constants as unknown as { ZSTD_d_windowLogMax: number };
  if (createZstdDecompress) return createZstdDecompress({ params: { [ZSTD_d_windowLogMax]: MAX_ZSTD_WINDOW } });
  let [begun, length] = [false, 0];
  const unzstd = new Decompress((piece) => {
    length += piece.length;
    // Thrown out of the loop that makes the pieces: a few bytes may stand for any number of them.
    if (length > limit) throw tooLarge(limit);
    inflater.push(piece);
  });
  const feed = (piece: Buffer, isLast: boolean, done: (error?: Error) => void): void => {
    try {
      // A frame is at least nine bytes long, and the first piece of a body longer than that.
      if (!begun && windowLog(piece) > MAX_ZSTD_WINDOW) throw tooLarge(limit);
      begun = true;
      unzstd.push(piece, isLast);
      done();
    } catch (thrown) {
      done(thrown as Error);
    }
  };
  const inflater = new Transform({
    transform: (piece: Buffer, _encoding, done) => feed(piece, false, done),
    flush: (done) => feed(Buffer.alloc(0), true, done),
  });
  return inflater;
}

/** Log2 of the bytes that a zstd frame wants to look back, by its header (RFC 8878, section 3.1.1.1). */
function windowLog(frame: Buffer): number {
  const [descriptor = 0, second = 0] = frame.subarray(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  return isSingleSegment ? 0 : 10 + (second >> 3);
}
