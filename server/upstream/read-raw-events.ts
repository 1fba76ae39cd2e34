import { StringDecoder } from 'node:string_decoder';
import type { ClaudeEvent } from '../claude/messages-api.ts';

/** The empty line behind an event. */
const END = /\r?\n\r?\n/g;

/**
 * The events of Claude's stream as the texts that came, one batch for each read: put together again, they are the bytes
 * of the stream. What is left at its end is an event that was cut.
 */
export async function* readRawEvents(body: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.write(chunk);
    const events: string[] = [];
    const endOf = rest.includes('\r') ? endOfAny : endOfPlain;
    let start = 0;
    for (let end = endOf(rest, start); end !== -1; end = endOf(rest, start)) {
      events.push(rest.slice(start, end));
      start = end;
    }
    rest = rest.slice(start);
    if (events.length > 0) yield events;
  }
  rest += decoder.end();
  if (rest !== '') yield [rest];
}

/** Where the event that begins here ends, its empty line included; -1 where it does not yet. */
function endOfPlain(text: string, start: number): number {
  const at = text.indexOf('\n\n', start);
  return at === -1 ? -1 : at + 2;
}

/** The same where lines may end in CRLF. */
function endOfAny(text: string, start: number): number {
  END.lastIndex = start;
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
