import { isClaudeEvent } from '../claude/answer/claude-shape.ts';
import type { ClaudeEvent } from '../claude/messages-api.ts';

const BEFORE_INDEX = '{"type":"content_block_delta","index":';
const MAX_INDEX_LENGTH = 4;
/** What stands between the index and the text, by what the text is added to. */
const ADDITIONS = [
  { type: 'text_delta', field: 'text' },
  { type: 'input_json_delta', field: 'partial_json' },
  { type: 'thinking_delta', field: 'thinking' },
].map(({ type, field }) => ({ type, field, before: `,"delta":{"type":"${type}","${field}":` }));
const AFTER = '}}';

/**
 * One event of Claude's stream; the same as `JSON.parse`. Claude writes all events that add text alike, and they are
 * most of a stream: of such a one the text alone is parsed, which takes a third of the time. Throws a SyntaxError, also for
 * what is no event of Claude's.
 */
export function parseEvent(data: string): ClaudeEvent {
  const addition = parseAddition(data);
  if (addition !== undefined) return addition;
  const event: unknown = JSON.parse(data);
  if (!isClaudeEvent(event)) throw new SyntaxError('not an event');
  return event;
}

function parseAddition(data: string): ClaudeEvent | undefined {
  if (!data.startsWith(BEFORE_INDEX) || !data.endsWith(`"${AFTER}`)) return;
  const indexEnd = data.indexOf(',', BEFORE_INDEX.length);
  if (indexEnd - BEFORE_INDEX.length > MAX_INDEX_LENGTH) return;
  const index = data.slice(BEFORE_INDEX.length, indexEnd);
  const addition = ADDITIONS.find(({ before }) => data.startsWith(before, indexEnd));
  if (addition === undefined || !/^(?:0|[1-9]\d*)$/.test(index)) return;
  const { type, field, before } = addition;
  try {
    // Whatever else stands there is no string, or no JSON.
    const text: unknown = JSON.parse(data.slice(indexEnd + before.length, -AFTER.length));
    if (typeof text !== 'string') return;
    return { type: 'content_block_delta', index: Number(index), delta: { type, [field]: text } };
  } catch {
    return;
  }
}
