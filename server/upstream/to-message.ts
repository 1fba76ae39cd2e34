import { isClaudeMessage } from '../claude/answer/claude-shape.ts';
import { keepInputs } from '../claude/answer/raw-inputs.ts';
import type { ClaudeMessage } from '../claude/messages-api.ts';
import { unreadable } from './failure.ts';

/** A whole answer, given its JSON as well. Throws for what is none. */
export function toMessage(value: unknown, json: string): ClaudeMessage {
  if (!isClaudeMessage(value)) throw unreadable(new Error('not a message'));
  value.stop_reason ??= null;
  value.usage ??= {};
  keepInputs(value, json);
  return value;
}
