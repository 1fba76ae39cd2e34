import type { IncomingMessage } from 'node:http';
import { digestOf } from '../answers/request-key.ts';
import type { Repeat } from '../calls/call.ts';

/** OpenAI's clients count their tries in it, from 0. Others may try again too, but two like requests may also be two. */
const TRIES = 'x-stainless-retry-count';
/** Maximum bytes of a request that is hashed; a longer one would hold the event loop. */
const MAX_BYTES = 1024 * 1024;

/** What tells a request without a name from another one; undefined where its client does not count its tries. */
export function repeatOf({ headers }: IncomingMessage, verb: string, body: object): Repeat | undefined {
  const tries = headers[TRIES];
  if (typeof tries !== 'string' || !(Number(headers['content-length']) <= MAX_BYTES)) return undefined;
  const digest = digestOf(verb, { ...body, strict: headers['x-trestle-strict'] });
  return digest === undefined ? undefined : { digest, isRetry: Number(tries) > 0 };
}
