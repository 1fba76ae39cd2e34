import type { Services } from '../services.ts';
import type { Holdings } from '../team.ts';
import type { WebSocketDoors } from './web-socket-doors.ts';

/** What goes up and down. */
export function gaugesOf(
  { answerStore, runningCalls }: Services,
  webSocket: Pick<WebSocketDoors, 'size'>,
  { memory }: Holdings,
): [name: string, help: string, read: () => number][] {
  return [
    [
      'trestle_calls_running',
      'Calls under way; one that reads the answer of another worker counts at both',
      () => runningCalls.size,
    ],
    ['trestle_streams_running', 'Streamed answers under way, with or without a reader', () => answerStore.running],
    [
      'trestle_answers_kept',
      'Streamed answers that can be read, those under way included',
      () => answerStore.gauges().kept,
    ],
    [
      'trestle_answers_kept_bytes',
      'What is kept of answers for readers that come back, about',
      () => answerStore.bytes,
    ],
    [
      'trestle_thinking_kept_bytes',
      'Signed thinking that is kept, about; each worker holds all of it',
      () => memory.bytes,
    ],
    ['trestle_websockets', 'WebSockets open', () => webSocket.size],
  ];
}
