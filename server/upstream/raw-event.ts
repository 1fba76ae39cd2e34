import type { ClaudeEvent } from '../claude/messages-api.ts';

/** The kind of an event that is still its text: what its line `event:` says. */
export function typeOfRaw(raw: string): string {
  // As Claude writes it. Any event passes here, so that this is the fast way.
  if (!raw.startsWith('event:')) return /^event: ?(\w+)/m.exec(raw)?.[1] ?? '';
  const end = raw.indexOf('\n');
  return raw.slice(6, end === -1 ? undefined : end).trim();
}

/** The data of such an event: its `data:` lines, which are JSON. */
export function dataTextOf(raw: string): string {
  return Array.from(raw.matchAll(/^data: ?(.*?)\r?$/gm), ([, line]) => line!).join('\n');
}

/** The same, parsed; undefined where it can't be read. */
export function dataOf(raw: string): unknown {
  try {
    return JSON.parse(dataTextOf(raw));
  } catch {
    return undefined;
  }
}

/** What an event says of an error; of one that can't be read, that there is one. */
export function errorEventOf(raw: string): ClaudeEvent {
  // Sound: whatever is read of it is looked at before it is used.
  return (dataOf(raw) ?? { type: 'error' }) as ClaudeEvent;
}
