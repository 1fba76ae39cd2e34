import type { ClaudeBlock } from '../claude/messages-api.ts';
import type { ClaudeRequest } from '../claude/messages-api.ts';

/** Each pause stands for ten rounds of Claude's own searches; nobody waits for more than this. */
export const MAX_PAUSES = 5;

/** Claude answers with empty text blocks at times, or is cut short while it thinks, and takes neither back. */
export function saysSomething(block: ClaudeBlock): boolean {
  if (block.type === 'thinking') return Boolean(block.signature);
  return block.type !== 'text' || Boolean(block.text);
}

/** The request that lets a paused answer go on: the same, with what Claude said so far, if anything, at its end. */
export function continued(request: ClaudeRequest, content: readonly ClaudeBlock[]): ClaudeRequest {
  if (content.length === 0) return request;
  const { messages } = request.body;
  // Sound: these are blocks of Claude's own answer, which it takes back as they are.
  const turn = { role: 'assistant' as const, content: content as unknown as [] };
  return { version: request.version, body: { ...request.body, messages: [...messages, turn] } };
}
