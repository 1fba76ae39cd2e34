import { fieldsOf } from '../calls/plain-object.ts';
import { mergeUsage, readUsage } from '../claude/answer/usage.ts';
import type { ClaudeUsage } from '../claude/messages-api.ts';
import { dataOf, typeOfRaw } from '../upstream/raw-event.ts';

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
    const type = typeOfRaw(raw);
    if (type === 'message_stop') this.complete = true;
    if (type !== 'message_start' && type !== 'message_delta') return;
    const data = fieldsOf(dataOf(raw));
    const message = fieldsOf(data['message']);
    if (typeof message['model'] === 'string') this.model = message['model'];
    this.usage = mergeUsage(this.usage, readUsage(message['usage'] ?? data['usage']));
  }
}
