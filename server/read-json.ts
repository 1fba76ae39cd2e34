import { isAscii } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { TrestleError } from '../shared/error.ts';

/** Bodies of up to so many bytes are put together in memory that stays. */
const LONGEST_KEPT = 4 * 1024 * 1024;

/** Of shorter ones looking takes longer than it saves. */
const LEAST_LOOKED_AT = 4 * 1024;

/** Longer texts of one byte a character Node puts outside V8's heap, where they leave holes that stay resident. */
const MOST_LOOKED_AT = 1_000_000;

/**
 * Where the pieces of a body become one, for as long as it takes to make a text of them: longer than a turn they never
 * stay. The memory itself does, until garbage is collected.
 */
let kept = new WeakRef(Buffer.alloc(0));

/**
 * The JSON body of a request. Reads no more than `limit` bytes.
 * Calls back with a public error when it is too long, cut short, or not JSON.
 */
export function readJson(
  request: IncomingMessage,
  limit: number,
  done: (error: Error | null, body?: unknown) => void,
): void {
  if (Number(request.headers['content-length']) > limit) return done(tooLarge());
  const pieces: Buffer[] = [];
  let length = 0;
  const onData = (piece: Buffer): void => {
    length += piece.length;
    if (length > limit) finish(tooLarge());
    else pieces.push(piece);
  };
  const onEnd = (): void => {
    let body: unknown;
    try {
      body = parse(pieces.splice(0), length);
    } catch (cause) {
      return finish(
        new TrestleError('invalid_request', 'We could not parse the JSON body of your request.', { cause }),
      );
    }
    finish(null, body);
  };
  const onError = (): void => finish(cutShort());
  const finish = (error: Error | null, body?: unknown): void => {
    request.off('data', onData).off('end', onEnd).off('error', onError);
    done(error, body);
  };
  request.on('data', onData).on('end', onEnd).on('error', onError);
}

/** In a frame of its own: what calls it goes on to all of the translation, and the text must be gone by then. */
function parse(pieces: readonly Buffer[], length: number): unknown {
  return JSON.parse(toText(pieces, length));
}

function toText(pieces: readonly Buffer[], length: number): string {
  if (pieces.length === 1) return decode(pieces[0]!);
  if (length > LONGEST_KEPT) return decode(Buffer.concat(pieces, length));
  let whole = kept.deref();
  if (whole === undefined || whole.length < length) {
    whole = Buffer.allocUnsafeSlow(Math.min(LONGEST_KEPT, length * 2));
    kept = new WeakRef(whole);
  }
  let end = 0;
  for (const piece of pieces) end += piece.copy(whole, end);
  return decode(whole.subarray(0, end));
}

/** UTF-8. Most long bodies are plain ASCII, of which Node makes a text in a fifth of the time. */
function decode(bytes: Buffer): string {
  const isLookedAt = bytes.length > LEAST_LOOKED_AT && bytes.length < MOST_LOOKED_AT;
  return bytes.toString(isLookedAt && isAscii(bytes) ? 'latin1' : 'utf8');
}

function tooLarge(): TrestleError {
  return new TrestleError('request_too_large', 'The request body is too large');
}

function cutShort(): TrestleError {
  return new TrestleError('invalid_request', 'The body is not as long as content-length says');
}
