import type { ClaudeRequest } from '../claude/messages-api.ts';
import { stringifyRaw } from '../claude/raw-json.ts';
import type { WrittenRequest } from './claude.ts';
import { PIECE_BYTES } from './long-text.ts';

/** Half of a character: a caller's slip, for which Claude refuses the whole request. */
const LONE_SURROGATE = /\\(?:u(d[89a-f][0-9a-f]{2})|.)/gi;
const REPLACEMENT = String.raw`\ufffd`;

/** The JSON of a request, with halves of characters replaced by U+FFFD as UTF-8 encoders do. */
export function serialize(body: unknown): string {
  const json = stringifyRaw(body);
  // JSON.stringify escapes nothing else this way, so most requests are not searched a second time.
  if (!json.includes(String.raw`\ud`)) return json;
  return json.replace(LONE_SURROGATE, (escape: string, half: string | undefined) =>
    half === undefined ? escape : REPLACEMENT,
  );
}

const encoder = new TextEncoder();

/** A request, ready to be sent. */
export function writeRequest({ version, body }: { version: ClaudeRequest['version']; body: object }): WrittenRequest {
  return { version, json: writeText(serialize(body)) };
}

/** A body, ready to be sent. */
export function writeText(text: string): WrittenRequest['json'] {
  // Short ones go to Node's pool; a longer one is not searched for its length first.
  if (text.length < Buffer.poolSize / 2) return Buffer.from(text);
  return text.length < PIECE_BYTES ? encoder.encode(text) : text;
}
