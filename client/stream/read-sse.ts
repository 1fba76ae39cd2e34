import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { LIVENESS } from '../../shared/liveness.ts';
import { SilenceWatch } from '../../shared/silence-watch.ts';

/** The events of an SSE answer as they come. Calls `stalled`, which has to end the answer, when nothing comes. */
export async function* readSse(response: Response, stalled: () => void): AsyncGenerator<EventSourceMessage, undefined> {
  let events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => void events.push(event) });
  if (!response.body) {
    // React Native's fetch has no streams: all of the answer comes at its end.
    parser.feed(await response.text());
    return yield* events;
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    // Only while something is waited for: a slow reader is not a silent server.
    const watch = new SilenceWatch(LIVENESS.silence, stalled);
    const { done, value } = await reader.read().finally(() => watch.stop());
    if (done) return undefined;
    parser.feed(decoder.decode(value, { stream: true }));
    const arrived = events;
    events = [];
    yield* arrived;
  }
}
