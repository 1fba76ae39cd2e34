import { isAscii } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { TrestleError } from '../../shared/error.ts';
import { checkStructure } from '../calls/json-structure.ts';
import { parseBody } from '../calls/parse-body.ts';
import { abandon, inflate, tooLarge } from './inflate.ts';

/** Bodies of up to so many bytes are put together in memory that stays. */
const MAX_KEPT_LENGTH = 4 * 1024 * 1024;

/** Looking at a shorter body takes longer than it saves. */
const MIN_LOOKED_AT = 4 * 1024;

/** Longer texts of one byte a character Node puts outside V8's heap, where they leave holes that stay resident. */
const MAX_LOOKED_AT = 1_000_000;

/**
 * Where the pieces of a body become one, for as long as it takes to make a text of them: longer than a turn they never
 * stay. The memory itself does, until garbage is collected.
 */
let kept = new WeakRef(Buffer.alloc(0));

/** The JSON body of a request, parsed; see {@link readText}. Calls back with a public error when it is not JSON. */
export function readJson(
  request: IncomingMessage,
  limit: number,
  done: (error: Error | null, body?: unknown) => void,
): void {
  readBody(request, limit, parse, done);
}

/** The JSON body of a request as a text; see {@link readBody}. */
export function readText(
  request: IncomingMessage,
  limit: number,
  done: (error: Error | null, body?: string) => void,
): void {
  readBody(request, limit, toCheckedText, done);
}

/**
 * Reads at most `limit` bytes of a body, whatever its `content-encoding`, before and after it is decompressed. Calls
 * back with a public error when it is too long, cut short, or its JSON is too much to look at.
 */
function readBody<Body>(
  request: IncomingMessage,
  limit: number,
  convert: (pieces: readonly Buffer[], length: number) => Body,
  done: (error: Error | null, body?: Body) => void,
): void {
  if (Number(request.headers['content-length']) > limit) return done(tooLarge(limit));
  let source: Readable;
  try {
    source = inflate(request, limit);
  } catch (thrown) {
    return done(thrown as Error);
  }
  const pieces: Buffer[] = [];
  let length = 0;
  const onData = (piece: Buffer): void => {
    length += piece.length;
    if (length > limit) finish(tooLarge(limit));
    else pieces.push(piece);
  };
  const onEnd = (): void => {
    let body: Body;
    try {
      body = convert(pieces.splice(0), length);
    } catch (cause) {
      return finish(cause instanceof TrestleError ? cause : unreadable(cause));
    }
    finish(null, body);
  };
  const onError = (cause: Error): void => {
    if (cause instanceof TrestleError) finish(cause);
    else finish(source === request ? cutShort() : undecodable(cause));
  };
  const finish = (error: Error | null, body?: Body): void => {
    source.off('data', onData).off('end', onEnd).off('error', onError);
    if (source !== request && error !== null) abandon(request, source);
    done(error, body);
  };
  source.on('data', onData).on('end', onEnd).on('error', onError);
}

/** In a frame of its own: what calls it goes on to all of the translation, and the text must be gone by then. */
function parse(pieces: readonly Buffer[], length: number): unknown {
  return parseBody(toCheckedText(pieces, length));
}

function toCheckedText(pieces: readonly Buffer[], length: number): string {
  const whole = toText(pieces, length);
  // Some editors and .NET's writers put a byte-order mark before the text.
  const text = whole.charCodeAt(0) === 0xfeff ? whole.slice(1) : whole;
  checkStructure(text);
  return text;
}

function toText(pieces: readonly Buffer[], length: number): string {
  if (pieces.length === 1) return decode(pieces[0]!);
  if (length > MAX_KEPT_LENGTH) return decode(Buffer.concat(pieces, length));
  let whole = kept.deref();
  if (whole === undefined || whole.length < length) {
    whole = Buffer.allocUnsafeSlow(Math.min(MAX_KEPT_LENGTH, length * 2));
    kept = new WeakRef(whole);
  }
  let end = 0;
  for (const piece of pieces) end += piece.copy(whole, end);
  return decode(whole.subarray(0, end));
}

/** UTF-8. Most long bodies are plain ASCII, of which Node makes a text in a fifth of the time. */
function decode(bytes: Buffer): string {
  const isLookedAt = bytes.length > MIN_LOOKED_AT && bytes.length < MAX_LOOKED_AT;
  return bytes.toString(isLookedAt && isAscii(bytes) ? 'latin1' : 'utf8');
}

function unreadable(cause: unknown): TrestleError {
  return new TrestleError('invalid_request', 'We could not parse the JSON body of your request.', { cause });
}

function undecodable(cause: unknown): TrestleError {
  return new TrestleError('invalid_request', 'The body is not what its content-encoding says', { cause });
}

function cutShort(): TrestleError {
  return new TrestleError('invalid_request', 'The body is not as long as content-length says');
}
