import { mergeUsage } from '../claude/answer/usage.ts';
import type { ClaudeEvent, ClaudeUsage } from '../claude/messages-api.ts';

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
    const { message, usage }: ClaudeEvent = dataOf(raw);
    this.model = message?.model ?? this.model;
    this.usage = mergeUsage(this.usage, message?.usage ?? usage);
  }
}

function dataOf(raw: string): ClaudeEvent {
  try {
    return JSON.parse(/^data: ?(.*?)\r?$/m.exec(raw)?.[1] ?? '{}') as ClaudeEvent;
  } catch {
    return { type: 'unreadable' };
  }
}
