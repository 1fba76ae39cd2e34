import { StringDecoder } from 'node:string_decoder';
import type { ClaudeEvent } from '../claude/messages-api.ts';

/** The empty line behind an event. */
const END = /\r?\n\r?\n/g;
/** Characters of it but for the last one. */
const MAX_END = 3;

/**
 * The events of Claude's stream as the texts that came, one batch for each read: put together again, they are the bytes
 * of the stream. What is left at its end is an event that was cut.
 */
export async function* readRawEvents(body: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  /** Pieces of an event whose end has not come: joined once, however many they are. */
  let begun: string[] = [];
  /** The last characters of them, which may be the beginning of an end. */
  let last = '';
  let hasCarriageReturns = false;
  for await (const chunk of body) {
    const piece = decoder.write(chunk);
    hasCarriageReturns ||= piece.includes('\r');
    const endOf = hasCarriageReturns ? endOfAny : endOfPlain;
    const seen = last + piece;
    begun.push(piece);
    last = seen.slice(-MAX_END);
    if (endOf(seen, 0) === -1) continue;
    const text = begun.join('');
    const events: string[] = [];
    let start = 0;
    for (let end = endOf(text, 0); end !== -1; end = endOf(text, start)) {
      events.push(text.slice(start, end));
      start = end;
    }
    begun = start === text.length ? [] : [text.slice(start)];
    // The end of an event is none of the next one's.
    last = (begun[0] ?? '').slice(-MAX_END);
    if (events.length > 0) yield events;
  }
  const rest = begun.join('') + decoder.end();
  if (rest !== '') yield [rest];
}

/** Where the first empty line behind this place ends; -1 where there is none yet. */
function endOfPlain(text: string, from: number): number {
  const at = text.indexOf('\n\n', from);
  return at === -1 ? -1 : at + 2;
}

/** The same where lines may end in CRLF. */
function endOfAny(text: string, from: number): number {
  END.lastIndex = from;
  return END.test(text) ? END.lastIndex : -1;
}

/** The kind of an event: what its line `event:` says. */
export function typeOfRaw(raw: string): string {
  if (!raw.startsWith('event:')) return /^event: ?(\w+)/m.exec(raw)?.[1] ?? '';
  const end = raw.indexOf('\n');
  return raw.slice(6, end === -1 ? undefined : end).trim();
}

/** The data of an event; without fields where it can't be read. */
export function dataOfRaw(raw: string): ClaudeEvent {
  try {
    return JSON.parse(/^data: ?(.*?)\r?$/m.exec(raw)?.[1] ?? '') as ClaudeEvent;
  } catch {
    return { type: 'error' };
  }
}
