import { StringDecoder } from 'node:string_decoder';

/** The empty line behind an event. */
const END = /\r?\n\r?\n/g;
/** Characters at the end of what came in which an empty line may have begun. */
const MAX_BEGUN = 3;

/**
 * The events of Claude's stream as the texts that came, one batch for each read: put together again, they are the bytes
 * of the stream. An event that is cut by the stream's end is none: no reader could tell what it was to be.
 */
export async function* readRawEvents(body: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  // The event that has begun. A long one comes in many pieces, and is not looked into for each of them: its last
  // characters are kept beside it.
  let begun = '';
  let seen = '';
  for await (const chunk of body) {
    const text = seen + decoder.write(chunk);
    const endOf = text.includes('\r') ? endOfAny : endOfPlain;
    const events: string[] = [];
    let start = seen.length;
    let searched = 0;
    for (let end = endOf(text, searched); end !== -1; end = endOf(text, searched)) {
      events.push(begun + text.slice(start, end));
      begun = '';
      start = searched = end;
    }
    begun += text.slice(start);
    seen = text.slice(Math.max(searched, text.length - MAX_BEGUN));
    if (events.length > 0) yield events;
  }
}

/** Where the event that goes on here ends, its empty line included; -1 where it does not yet. */
function endOfPlain(text: string, start: number): number {
  const at = text.indexOf('\n\n', start);
  return at === -1 ? -1 : at + 2;
}

/** The same where lines may end in CRLF. */
function endOfAny(text: string, start: number): number {
  END.lastIndex = start;
  return END.test(text) ? END.lastIndex : -1;
}
