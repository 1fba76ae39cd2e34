import { createParser } from 'eventsource-parser';
import type { ClaudeEvent } from '../claude/claude-event.ts';

/**
 * Claude's events from the bytes of its stream: one batch for each read, so that what arrived together
 * is written together. Throws a SyntaxError when an event is not JSON.
 */
export async function* readEvents(body: AsyncIterable<Buffer>): AsyncGenerator<ClaudeEvent[]> {
  let batch: ClaudeEvent[] = [];
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent({ data }) {
      batch.push(JSON.parse(data));
    },
  });
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (batch.length === 0) continue;
    yield batch;
    batch = [];
  }
}
