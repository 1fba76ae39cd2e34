import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import type { ClaudeEvent } from '../claude/messages-api.ts';
import { parseEvent } from './parse-event.ts';

const BYTE_ORDER_MARK = /^\uFEFF/;

/**
 * Claude's events from the bytes of its stream: one batch for each read, so that what arrived together
 * is written together. Throws a SyntaxError when an event is not JSON, after the events before it.
 */
export async function* readEvents(body: AsyncIterable<Buffer>): AsyncGenerator<ClaudeEvent[]> {
  let batch: ClaudeEvent[] = [];
  let failure: unknown;
  let last = '';
  // Not a TextDecoder: in pieces that takes five times as long, and gives two bytes for each character of English.
  const decoder = new StringDecoder('utf8');
  const parser = createParser({
    onEvent({ data }) {
      if (failure !== undefined) return;
      try {
        batch.push(parseEvent(data));
      } catch (thrown) {
        failure = thrown;
      }
    },
  });
  for await (const chunk of body) {
    const text = decoder.write(chunk);
    if (text === '') continue;
    parser.feed(last === '' ? text.replace(BYTE_ORDER_MARK, '') : text);
    last = text;
    if (batch.length > 0) yield batch;
    if (failure !== undefined) throw failure;
    batch = [];
  }
  // The parser holds a last CR back until it knows whether LF follows.
  if (last.endsWith('\r')) parser.feed('\n');
  if (batch.length > 0) yield batch;
  if (failure !== undefined) throw failure;
}
