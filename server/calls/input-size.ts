import { TrestleError } from '../../shared/error.ts';

/** How many entries a list of a request may have. Claude takes 100,000 messages. */
const MAX_ENTRIES: Readonly<Record<string, number>> = {
  messages: 100_000,
  tools: 10_000,
  functions: 10_000,
  input: 100_000,
};
/** Content parts and tool calls of all messages together. */
const MAX_PARTS = 100_000;
/** Fields of the request itself. */
const MAX_FIELDS = 10_000;

/**
 * Refuses an input that is too long to be looked at, before zod does: for each wrong entry it makes an issue, and three
 * million of them take half a minute. Throws a 400 that names the field.
 */
export function checkInputSize(input: unknown): void {
  if (typeof input !== 'object' || input === null) return;
  const fields = input as Record<string, unknown>;
  let count = 0;
  for (const name in fields) {
    count += 1;
    if (count > MAX_FIELDS) throw tooMany(null, `more than ${MAX_FIELDS} fields`);
    const limit = MAX_ENTRIES[name];
    const value = fields[name];
    if (limit !== undefined && Array.isArray(value) && value.length > limit)
      throw tooMany(name, `more than ${limit} entries`);
  }
  for (const name of ['messages', 'input']) if (Array.isArray(fields[name])) checkParts(fields[name], name);
}

function checkParts(messages: readonly unknown[], name: string): void {
  let parts = 0;
  for (const message of messages) {
    if (typeof message !== 'object' || message === null) continue;
    const { content, tool_calls: calls } = message as { content?: unknown; tool_calls?: unknown };
    if (Array.isArray(content)) parts += content.length;
    if (Array.isArray(calls)) parts += calls.length;
    if (parts > MAX_PARTS) throw tooMany(name, `more than ${MAX_PARTS} content parts and tool calls`);
  }
}

function tooMany(param: string | null, what: string): TrestleError {
  return new TrestleError('invalid_value', `The request has ${what}${param === null ? '' : ` in '${param}'`}.`, {
    param,
  });
}
