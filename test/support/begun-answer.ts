import type { Answer } from './fake-claude.ts';

/** A stream that has begun, says "Half", and never goes on. */
export const BEGUN: Answer = {
  events: [
    { type: 'message_start', message: { id: 'msg_1', model: 'claude-haiku-4-5', usage: { input_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Half' } },
    () => new Promise<void>(() => undefined),
  ],
};
