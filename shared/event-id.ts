/**
 * Names of the chunks of a streamed answer: `<completion id>:<n>`, where `n` counts from 0 and -1 stands before the
 * first one. A caller goes on after the chunk that it names.
 */
export interface EventId {
  /** The completion's id. */
  id: string;
  number: number;
}

const EVENT_ID = /^(.+):(-1|\d+)$/;

/** The name of a chunk. */
export function formatEventId(id: string, number: number): string {
  return `${id}:${number}`;
}

/** Undefined for what is no such name. */
export function parseEventId(text: string): EventId | undefined {
  const [, id, number] = EVENT_ID.exec(text) ?? [];
  return id === undefined ? undefined : { id, number: Number(number) };
}

/** The name that stands before the first chunk: from there all of the answer is read. */
export function beforeFirst(id: string): string {
  return formatEventId(id, -1);
}
