import { stringifyRaw } from '../claude/raw-json.ts';

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
