import type { ClaudeEvent, ClaudeMessage } from '../messages-api.ts';

// Claude's answers come over a network, often through proxies: what is read of them is looked at first.

/** The texts that are read of a block or delta, by its type. What is unknown is passed over, and may be anything. */
const TEXTS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['text', ['text']],
  ['thinking', ['thinking', 'signature']],
  ['redacted_thinking', ['data']],
  ['tool_use', ['id', 'name']],
  ['text_delta', ['text']],
  ['thinking_delta', ['thinking']],
  ['signature_delta', ['signature']],
  ['input_json_delta', ['partial_json']],
]);
const COUNTS = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens'];

type Fields = Record<string, unknown>;

/** Whether a whole answer is what its type says, in every field that is read. Absent and null fields are. */
export function isClaudeMessage(value: unknown): value is ClaudeMessage {
  return (
    isFields(value) &&
    typeof value['model'] === 'string' &&
    Array.isArray(value['content']) &&
    value['content'].every(isBlock) &&
    isEnd(value) &&
    isUsage(value['usage'])
  );
}

/** The same as {@link isClaudeMessage}, for an event of a stream. */
export function isClaudeEvent(value: unknown): value is ClaudeEvent {
  if (!isFields(value) || typeof value['type'] !== 'string') return false;
  const { type, index, message, content_block: block, delta, usage } = value;
  switch (type) {
    case 'message_start':
      return isAbsent(message) || (isFields(message) && hasTexts(message, ['model']) && isUsage(message['usage']));
    case 'content_block_start':
      return isIndex(index) && (isAbsent(block) || isBlock(block));
    case 'content_block_delta':
      return (
        isIndex(index) && (isAbsent(delta) || (isFields(delta) && hasTexts(delta, TEXTS.get(delta['type']) ?? [])))
      );
    case 'content_block_stop':
      return isIndex(index);
    case 'message_delta':
      return isUsage(usage) && (isAbsent(delta) || (isFields(delta) && isEnd(delta)));
    default:
      return true;
  }
}

function isBlock(value: unknown): boolean {
  if (!isFields(value) || typeof value['type'] !== 'string') return false;
  const { type, citations, input } = value;
  if (!hasTexts(value, TEXTS.get(type) ?? [])) return false;
  // A block of any type may get citations while it streams.
  if (!isAbsent(citations) && !Array.isArray(citations)) return false;
  return type !== 'tool_use' || isAbsent(input) || input === '' || (isFields(input) && !Array.isArray(input));
}

function isEnd(value: Fields): boolean {
  const { stop_details: details } = value;
  return (
    hasTexts(value, ['stop_reason']) && (isAbsent(details) || (isFields(details) && hasTexts(details, ['explanation'])))
  );
}

function isIndex(value: unknown): boolean {
  return isAbsent(value) || Number.isInteger(value);
}

function isUsage(value: unknown): boolean {
  if (isAbsent(value)) return true;
  if (!isFields(value) || !hasTexts(value, ['service_tier'])) return false;
  const { output_tokens_details: details } = value;
  if (!COUNTS.every((name) => isCount(value[name]))) return false;
  if (isAbsent(details)) return true;
  return isFields(details) && isCount(details['thinking_tokens']);
}

/** Accounts are made of counts: none is below zero, and `1e999` is none. */
function isCount(value: unknown): boolean {
  return isAbsent(value) || (typeof value === 'number' && Number.isFinite(value) && value >= 0);
}

function hasTexts(value: Fields, names: readonly string[]): boolean {
  return names.every((name) => isAbsent(value[name]) || typeof value[name] === 'string');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
