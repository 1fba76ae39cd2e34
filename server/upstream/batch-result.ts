import type { TrestleError } from '../../shared/error.ts';
import { fieldsOf } from '../calls/plain-object.ts';
import { textAt } from '../claude/answer/raw-inputs.ts';
import type { ClaudeMessage } from '../claude/messages-api.ts';
import { fromErrorEvent, toFailure, unreadable } from './failure.ts';
import { toMessage } from './to-message.ts';

/** What a request of one of Claude's batches has come to: an answer, a failure, or nothing. */
export type BatchOutcome = ClaudeMessage | TrestleError | 'canceled' | 'expired';

/** A line of the results of one of Claude's batches. Throws for what is no such line. */
export function readBatchResult(line: string): { customId: string; outcome: BatchOutcome } {
  let fields: Record<string, unknown>;
  try {
    fields = fieldsOf(JSON.parse(line));
  } catch (cause) {
    throw unreadable(cause).error;
  }
  const { custom_id: customId, result } = fields;
  if (typeof customId !== 'string') throw unreadable(new Error('a result of no request')).error;
  return { customId, outcome: outcomeOf(fieldsOf(result), line) };
}

function outcomeOf({ type, message, error }: Record<string, unknown>, line: string): BatchOutcome {
  switch (type) {
    case 'canceled':
    case 'expired':
      return type;
    case 'errored':
      // An envelope, as over HTTP.
      return fromErrorEvent({ type: 'error', error: fieldsOf(fieldsOf(error)['error']) }).error;
    default:
      return messageOf(message, line);
  }
}

function messageOf(message: unknown, line: string): ClaudeMessage | TrestleError {
  try {
    return toMessage(message, textAt(line, ['result', 'message']) ?? '');
  } catch (thrown) {
    return toFailure(thrown).error;
  }
}
