import { MODEL } from '../upstream/post-chat.ts';
import type { AppResource } from './app-resource.ts';

/** Claude's events for an answer of so many words, each let through by its gate. */
export function words(count: number, gate: (index: number) => Promise<void> | void = () => {}): object[] {
  const events: unknown[] = [
    { type: 'message_start', message: { id: 'msg_1', model: MODEL, content: [], usage: { input_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ];
  for (let index = 0; index < count; index += 1) {
    events.push(async () => {
      await gate(index);
      return { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: `${index} ` } };
    });
  }
  events.push(
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: count } },
    { type: 'message_stop' },
  );
  return events as object[];
}

/** The text of {@link words}. */
export function expectedWords(count: number): string {
  return Array.from({ length: count }, (_, index) => `${index} `).join('');
}

/** How often Claude was asked for an answer. */
export function claudeCalls(app: AppResource): number {
  return app.fake.requests.filter(({ path }) => path === '/v1/messages').length;
}

/** Something that a test lets happen. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
