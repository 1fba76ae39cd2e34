import type { ClaudeEvent, ClaudeMessage } from '../messages-api.ts';

/** A whole answer as the events of a stream, each block in one piece: so that one reader does for both. */
export function* eventsOf(message: ClaudeMessage): Generator<ClaudeEvent> {
  const { model, content, stop_reason: reason, stop_details: details, usage } = message;
  yield { type: 'message_start', message: { model, usage } };
  for (const [index, block] of content.entries()) {
    yield { type: 'content_block_start', index, content_block: block };
    yield { type: 'content_block_stop', index };
  }
  yield { type: 'message_delta', delta: { stop_reason: reason, stop_details: details ?? null } };
  yield { type: 'message_stop' };
}
