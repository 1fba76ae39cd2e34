import { TrestleError } from '../../shared/error.ts';
import { serialize } from '../upstream/serialize.ts';
import type { ClaudeRequest } from '../claude/messages-api.ts';

/** Maximum bytes of one request, all of its choices together. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Writes the request that several choices send once for all of them. Throws a 400 that names `n` when they would be too
 * much to send: a body of megabytes and 128 choices are gigabytes.
 */
export function shareJson(request: ClaudeRequest, choices: number, stream: boolean): ClaudeRequest {
  const json = serialize(stream ? { ...request.body, stream: true } : request.body);
  const bytes = Buffer.byteLength(json) * choices;
  if (bytes <= MAX_BYTES) return { ...request, json };
  const megabytes = (count: number): number => Math.ceil(count / 1024 / 1024);
  throw new TrestleError(
    'invalid_value',
    `${choices} choices are ${choices} requests to Claude, ${megabytes(bytes)} MiB in all, of at most ${megabytes(MAX_BYTES)} MiB: ask for fewer, or send less`,
    { param: 'n' },
  );
}
