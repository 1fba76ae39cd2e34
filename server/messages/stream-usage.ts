import { isPlainObject } from '../calls/plain-object.ts';
import { mergeUsage, readUsage } from '../claude/answer/usage.ts';
import type { ClaudeUsage } from '../claude/messages-api.ts';

const TELLS = /^event: message_(?:start|delta)\r?\n/;

/** Reads of a stream that passes by what it costs: only the events that tell it are looked into. */
export class StreamUsage {
  usage: ClaudeUsage = {};
  model: string;
  /** Whether the stream is whole. */
  complete = false;

  constructor(model: string) {
    this.model = model;
  }

  push(raw: string): void {
    if (raw.startsWith('event: message_stop')) this.complete = true;
    if (!TELLS.test(raw)) return;
    const data = dataOf(raw);
    const message = isPlainObject(data['message']) ? data['message'] : {};
    if (typeof message['model'] === 'string') this.model = message['model'];
    this.usage = mergeUsage(this.usage, readUsage(message['usage'] ?? data['usage']));
  }
}

function dataOf(raw: string): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(/^data: ?(.*?)\r?$/m.exec(raw)?.[1] ?? '{}');
    return isPlainObject(data) ? data : {};
  } catch {
    return {};
  }
}
